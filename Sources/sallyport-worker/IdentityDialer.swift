import Logging
import SallyportCore
import SallyportIdentity
import SallyportRelay
import SallyportSession
import SallyportTLS
import SallyportTransport

/// Dials with the identities that the state directory holds at that moment, so that a renewed
/// certificate, and an inner one that was installed later, count from the next connection on.
struct IdentityDialer: GatewayDialer {
  let state: StateDirectory
  let endpoint: ServerEndpoint
  let trustDomain: String
  let logger: Logger

  func withLink<Result: Sendable>(
    _ body: (GatewayLink<SecureClientTransport>) async throws -> Result
  ) async throws -> Result {
    let outer = TLSConfiguration(
      role: .client, try await state.outerCredentials(),
      verifyPeer: PeerVerifier.gatewayServer(trustDomain: trustDomain))
    let inner = await innerConfiguration()
    let dialer = SecureGatewayDialer(
      endpoint: endpoint, tls: { outer },
      sealed: inner.map { configuration in { @Sendable in configuration } })
    return try await dialer.withLink(body)
  }

  /// Nil where there is no usable inner certificate: jobs without a checkout run all the same.
  private func innerConfiguration() async -> TLSConfiguration? {
    do {
      guard let credentials = try await state.innerCredentials() else {
        logger.warning(
          "no inner certificate: jobs with a checkout will fail",
          metadata: ["hint": "sallyport trust issue --role worker"])
        return nil
      }
      guard let own = credentials.leaf.spiffeID else {
        logger.error("the inner certificate names no SPIFFE ID: issue another")
        return nil
      }
      return TLSConfiguration(
        role: .client, credentials,
        verifyPeer: PeerVerifier.innerAgent(trustDomain: own.trustDomain))
    } catch {
      logger.error("inner certificate not usable", metadata: ["error": "\(error)"])
      return nil
    }
  }
}

extension TLSConfiguration {
  fileprivate init(
    role: Role, _ credentials: Credentials, verifyPeer: @escaping PeerVerification
  ) {
    self.init(
      role: role, certificateChain: credentials.chain, privateKey: credentials.privateKey,
      trustRoots: credentials.roots, verifyPeer: verifyPeer)
  }
}
