import GRPCCore
import GRPCInProcessTransport

/// Runs services in this process and hands a connected client to `body`.
func withInProcessGateway<Result: Sendable>(
  _ services: [any RegistrableRPCService],
  _ body: @Sendable (GRPCClient<InProcessTransport.Client>) async throws -> Result
) async throws -> Result {
  let transport = InProcessTransport()
  return try await withThrowingTaskGroup(of: Void.self) { group in
    let server = GRPCServer(transport: transport.server, services: services)
    let client = GRPCClient(transport: transport.client)
    group.addTask { try await server.serve() }
    group.addTask { try await client.runConnections() }
    defer {
      client.beginGracefulShutdown()
      server.beginGracefulShutdown()
      group.cancelAll()
    }
    return try await body(client)
  }
}
