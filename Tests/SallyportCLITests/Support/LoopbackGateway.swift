import FoundationEssentials
import GRPCCore
import Glibc
import NIOCore
import SallyportCore
import SallyportIdentity
import SallyportTLS
import SallyportTransport

/// A ``FakeGateway`` behind a real listener with mutual TLS, and an operator's directory for it.
struct LoopbackGateway: Sendable {
  let gateway = FakeGateway()
  /// As `sallyport-gateway init` makes it.
  let directory: String
  private let tls: TLSConfiguration

  init(directory: String) throws {
    self.directory = directory
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false)
    let authority = try GatewayCA.create(trustDomain: "gateway.example")
    let serverKey = SigningKey.generate()
    let server = try authority.issueServer(
      for: CertificateRequest(verifying: try serverKey.certificateRequest()),
      names: ServerNames(["localhost"]))
    let key = SigningKey.generate()
    let client = try authority.issue(
      for: CertificateRequest(verifying: try key.certificateRequest()),
      identity: .operatorNamed(tenant: TenantName("acme"), name: OperatorName("admin")))
    try CredentialFiles(directory: directory).replace(
      key: key, chain: client.chain, roots: [authority.certificate])
    tls = TLSConfiguration(
      role: .server, certificateChain: server.chain, privateKey: serverKey.derRepresentation,
      trustRoots: [authority.certificate],
      verifyPeer: PeerVerifier.outerClient(
        trustDomain: "gateway.example", roles: [.operatorNamed]))
  }

  func writeProfile(port: Int) throws {
    try Data("gateway:\n  endpoint: 127.0.0.1:\(port)\n  server-name: localhost\n".utf8)
      .write(to: URL(filePath: directory + "/operator.yaml"))
  }

  /// Listens while `body` runs; then drops every connection at once, as a crash does.
  ///
  /// - Parameter port: Zero for any; `body` gets the one chosen.
  func serve<Result: Sendable>(
    port: Int = 0, _ body: @Sendable (Int) async throws -> Result
  ) async throws -> Result {
    let tls = tls
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      do {
        return try await listen(port: port, tls, body)
      } catch let error as IOError where error.errnoCode == EADDRINUSE {
        // The old listener's socket may still be closing, or a client may have got its port.
        guard ContinuousClock.now < deadline else { throw error }
        await Task.yield()
      }
    }
  }

  private func listen<Result: Sendable>(
    port: Int, _ tls: TLSConfiguration, _ body: @Sendable (Int) async throws -> Result
  ) async throws -> Result {
    let transport = SecureServerTransport(host: "127.0.0.1", port: port, tls: { tls })
    let server = GRPCServer(transport: transport, services: [FakeOperatorService(gateway)])
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      let port = try await transport.listeningAddress.port ?? 0
      try writeProfile(port: port)
      let result = try await body(port)
      group.cancelAll()
      try? await group.waitForAll()
      return result
    }
  }
}
