import GRPCCore
import HTTPTypes
import SallyportCore
import SallyportIdentity
import SallyportRelay
import SallyportTLS
import SallyportTransport
import Testing

/// A client of the gateway with whatever certificate a test gives it.
struct HostileClient: Sendable {
  private let dialer: SecureGatewayDialer

  /// - Parameters:
  ///   - endpoint: `host:port` of a listener.
  ///   - credentials: What it shows; its roots are those that it trusts.
  ///   - inner: For sealed channels.
  init(_ endpoint: String, _ credentials: Credentials, inner: Credentials? = nil) throws {
    let port = try #require(endpoint.split(separator: ":").last.flatMap { Int($0) })
    let outer = TLSConfiguration(
      role: .client, certificateChain: credentials.chain, privateKey: credentials.privateKey,
      trustRoots: credentials.roots,
      verifyPeer: PeerVerifier.gatewayServer(trustDomain: Stack.gatewayTrustDomain))
    var sealed: TLSConfigurationProvider?
    if let inner {
      let trustDomain = try #require(inner.leaf.spiffeID).trustDomain
      sealed = {
        TLSConfiguration(
          role: .client, certificateChain: inner.chain, privateKey: inner.privateKey,
          trustRoots: inner.roots, verifyPeer: PeerVerifier.innerAgent(trustDomain: trustDomain))
      }
    }
    dialer = SecureGatewayDialer(
      endpoint: ServerEndpoint(host: "127.0.0.1", port: port, serverName: "localhost"),
      tls: { outer }, sealed: sealed)
  }

  func withLink<Result: Sendable>(
    _ body: (GatewayLink<SecureClientTransport>) async throws -> Result
  ) async throws -> Result {
    try await dialer.withLink(body)
  }

  /// Why the gateway does not let this client in: the words of its own transport.
  func refusal() async throws -> String {
    let error = await #expect(throws: RPCError.self) { try await withLink { _ in } }
    return try #require(error).message
  }
}

extension GatewayLink {
  /// Asks for a relay. Where the gateway gives one, the test has failed.
  /// - Parameter attempt: What a worker says that it is for.
  func refusedRelay(to authority: String, _ attempt: AttemptID? = nil) async throws -> RelayRefusal
  {
    var headers = HTTPFields()
    if let attempt {
      headers[try #require(HTTPField.Name("sallyport-job"))] = attempt.job.rawValue
      headers[try #require(HTTPField.Name("sallyport-epoch"))] = "\(attempt.epoch)"
    }
    let request = RelayRequest(authority: authority, headers: headers)
    let dialer = try #require(dialer)
    let error = await #expect(throws: RelayError.self) {
      try await dialer.withSealedChannel(request) { _ in }
    }
    return try #require(error?.refusal)
  }
}
