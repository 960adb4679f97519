import GRPCCore
package import SallyportCore
package import SallyportRelay
import SallyportTLS

/// Connects a worker or a VCS agent to the gateway: gRPC and relays on one connection.
package struct SecureGatewayDialer: GatewayDialer {
  package typealias Transport = SecureClientTransport

  private let connector: ClientConnector
  private let sealed: TLSConfigurationSource?
  private let sealedRole: @Sendable () throws -> SecureConnection.Role?

  /// - Parameters:
  ///   - tls: The outer identity, client role; asked for every link.
  ///   - sealed: The inner identity, asked for every sealed channel: client role for a worker,
  ///     which gets a dialer, server role for an agent, which gets a server. Nil for neither.
  package init(
    endpoint: ServerEndpoint, tls: @escaping TLSConfigurationProvider,
    sealed: TLSConfigurationProvider? = nil, limits: TransportLimits = TransportLimits(),
    loop: ClientLoop = ClientLoop()
  ) {
    self.connector = ClientConnector(
      endpoint: endpoint, tls: TLSConfigurationSource(tls), limits: limits, loop: loop)
    self.sealed = sealed.map { TLSConfigurationSource($0) }
    self.sealedRole = {
      try sealed.map { try $0().role == .client ? .client : .server }
    }
  }

  package func withLink<Result: Sendable>(
    _ body: (GatewayLink<SecureClientTransport>) async throws -> Result
  ) async throws -> Result {
    let role = try sealedRole()
    let transport = SecureClientTransport(connector: connector)
    let client = GRPCClient(transport: transport)
    return try await withThrowingDiscardingTaskGroup { group in
      group.addTask { try await client.runConnections() }
      do {
        let link = try await link(client, transport, role)
        let result = try await body(link)
        client.beginGracefulShutdown()
        return result
      } catch {
        group.cancelAll()
        throw error
      }
    }
  }

  private func link(
    _ client: GRPCClient<SecureClientTransport>, _ transport: SecureClientTransport,
    _ role: SecureConnection.Role?
  ) async throws -> GatewayLink<SecureClientTransport> {
    let outer = try await transport.connectedPeer().connection
    let retired = { @Sendable in await transport.waitForRetirement() }
    guard let sealed, let role else {
      return GatewayLink(client: client, dialer: nil, server: nil, retired: retired)
    }
    switch role {
    case .client:
      let dialer = RelayDialer(
        outer: outer, tls: sealed, limits: connector.limits, tasks: connector.loop.tasks)
      return GatewayLink(client: client, dialer: dialer, server: nil, retired: retired)
    case .server:
      let server = RelayServer(
        outer: outer, tls: sealed, limits: connector.limits, tasks: connector.loop.tasks)
      return GatewayLink(client: client, dialer: nil, server: server, retired: retired)
    }
  }
}
