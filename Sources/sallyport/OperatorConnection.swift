import GRPCCore
import SallyportCLI
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportTLS
import SallyportTransport

/// Connects to a gateway's operator listener with the operator's certificate.
struct OperatorConnection: OperatorConnecting {
  func withClient<Result: Sendable>(
    _ profile: OperatorProfile,
    _ body: @Sendable (any OperatorClient) async throws -> Result
  ) async throws -> Result {
    let tls = try Self.configuration(profile)
    let transport = SecureClientTransport(
      endpoint: ServerEndpoint(
        host: profile.endpoint.host, port: profile.endpoint.port, serverName: profile.serverName),
      tls: { tls })
    return try await withGRPCClient(transport: transport) { client in
      try await body(Sallyport_Operator_V1_OperatorService.Client(wrapping: client))
    }
  }

  /// Reads the files for each connection, so that a certificate renewed meanwhile is used.
  private static func configuration(_ profile: OperatorProfile) throws -> TLSConfiguration {
    let credentials = try CredentialFiles(directory: profile.directory).load()
    try credentials.requireValid()
    return TLSConfiguration(
      role: .client, certificateChain: credentials.chain, privateKey: credentials.privateKey,
      trustRoots: credentials.roots,
      verifyPeer: PeerVerifier.gatewayServer(
        trustDomain: profile.trustDomain ?? credentials.leaf.spiffeID?.trustDomain))
  }
}
