internal import SallyportCore
internal import SallyportIdentity
package import SallyportSession
package import SallyportTLS
internal import Synchronization

/// The newest certificates of this process, read from its state directory away from event loops
/// and handed to every new connection.
package final class IdentityBoard: Sendable {
  private struct Current {
    var outer: Credentials
    var inner: Credentials?
  }

  private let state: StateDirectory
  private let role: EnrollmentRole
  private let gatewayTrustDomain: String
  private let current: Mutex<Current>

  /// - Throws: `SessionError` where the outer identity is missing or has expired, or the inner one
  ///   is there and cannot be used.
  package init(
    state: StateDirectory, role: EnrollmentRole, gatewayTrustDomain: String
  ) async throws {
    self.state = state
    self.role = role
    self.gatewayTrustDomain = gatewayTrustDomain
    current = Mutex(
      Current(
        outer: try await state.outerCredentials(), inner: try await state.innerCredentials()))
  }

  /// Reads the files again.
  package func refresh() async throws {
    let newest = Current(
      outer: try await state.outerCredentials(), inner: try await state.innerCredentials())
    current.withLock { $0 = newest }
  }

  /// Whether the customer's trust root has issued a certificate, so that sealed channels can be.
  package var hasInnerIdentity: Bool { current.withLock { $0.inner != nil } }

  /// For connections to the gateway.
  package func outerTLS() -> TLSConfiguration {
    let credentials = current.withLock { $0.outer }
    return TLSConfiguration(
      role: .client, certificateChain: credentials.chain, privateKey: credentials.privateKey,
      trustRoots: credentials.roots,
      verifyPeer: PeerVerifier.gatewayServer(trustDomain: gatewayTrustDomain))
  }

  /// For sealed channels: a worker is the client there, a VCS agent the server.
  ///
  /// - Throws: `SessionError` where there is no inner identity.
  package func innerTLS() throws -> TLSConfiguration {
    guard let credentials = current.withLock({ $0.inner }),
      let trustDomain = credentials.leaf.spiffeID?.trustDomain
    else {
      throw SessionError(
        .state,
        "there is no certificate of the trust root in \(state.path)/trust: "
          + "put one there with 'sallyport trust issue --out'")
    }
    return TLSConfiguration(
      role: role == .worker ? .client : .server, certificateChain: credentials.chain,
      privateKey: credentials.privateKey, trustRoots: credentials.roots,
      verifyPeer: role == .worker
        ? PeerVerifier.innerAgent(trustDomain: trustDomain)
        : PeerVerifier.innerWorker(trustDomain: trustDomain))
  }
}
