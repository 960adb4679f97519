package import GRPCCore
import NIOCore
package import SallyportCore
package import SallyportRelay
package import SallyportTLS
package import SallyportTransport

/// Runs a server on a free port of the loopback, for the time of `body`.
package func withServer<Result: Sendable>(
  _ service: TestService = .echoing, identities: TestIdentities,
  limits: TransportLimits = TransportLimits(), connectHandler: (any ConnectHandler)? = nil,
  tls: TLSConfigurationProvider? = nil,
  _ body: @escaping @Sendable (SecureServerTransport, Int) async throws -> Result
) async throws -> Result {
  let configuration = identities.serverTLS
  let transport = SecureServerTransport(
    host: "127.0.0.1", port: 0, tls: tls ?? { configuration }, limits: limits,
    connectHandler: connectHandler)
  let server = GRPCServer(transport: transport, services: [service])
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await server.serve() }
    guard let port = try await transport.listeningAddress.port else {
      throw TestFailure("no port")
    }
    let result = try await body(transport, port)
    server.beginGracefulShutdown()
    try await group.waitForAll()
    return result
  }
}

/// Runs a client against a port of the loopback, for the time of `body`.
package func withClient<Result: Sendable>(
  port: Int, tls: TLSConfiguration, limits: TransportLimits = TransportLimits(),
  _ body: (GRPCClient<SecureClientTransport>) async throws -> Result
) async throws -> Result {
  let transport = SecureClientTransport(
    endpoint: ServerEndpoint(host: "127.0.0.1", port: port, serverName: "gateway.test"),
    tls: { tls }, limits: limits)
  return try await withGRPCClient(transport: transport) { try await body($0) }
}

/// Both.
package func withStack<Result: Sendable>(
  _ service: TestService = .echoing, limits: TransportLimits = TransportLimits(),
  clientLimits: TransportLimits? = nil,
  _ body: @escaping @Sendable (GRPCClient<SecureClientTransport>) async throws -> Result
) async throws -> Result {
  let identities = try TestIdentities()
  return try await withServer(service, identities: identities, limits: limits) { _, port in
    try await withClient(
      port: port, tls: identities.clientTLS, limits: clientLimits ?? limits, body)
  }
}

extension GRPCClient {
  /// Calls a method of ``TestService`` with one message.
  package func echo(
    _ message: [UInt8], method: String = "Echo", metadata: Metadata = [:],
    options: CallOptions = .defaults
  ) async throws -> [UInt8] {
    try await unary(
      request: ClientRequest(message: message, metadata: metadata),
      descriptor: TestService.method(method), serializer: BytesSerializer(),
      deserializer: BytesDeserializer(), options: options
    ) { try $0.message }
  }
}
