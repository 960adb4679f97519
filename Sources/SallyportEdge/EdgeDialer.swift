internal import SallyportConfig
package import SallyportRelay
package import SallyportTransport

/// Dials the gateway with the certificates that are in the state directory at that moment, so that
/// renewed ones, and an inner one that was put there later, count from the next connection on.
package struct EdgeDialer: GatewayDialer {
  private let board: IdentityBoard
  private let endpoint: ServerEndpoint
  /// All its connections are on this one.
  private let loop = ClientLoop()

  package init(_ settings: GatewaySettings, board: IdentityBoard) {
    self.board = board
    endpoint = ServerEndpoint(
      host: settings.endpoint.host, port: settings.endpoint.port, serverName: settings.serverName)
  }

  /// Where tasks that use its links run best; they must neither block nor compute for long.
  package var executor: any TaskExecutor { loop.executor }

  /// What they wait by.
  package var clock: any Clock<Duration> { loop.clock }

  package func withLink<Result: Sendable>(
    _ body: (GatewayLink<SecureClientTransport>) async throws -> Result
  ) async throws -> Result {
    try await board.refresh()
    let board = board
    let sealed: TLSConfigurationProvider = { try board.innerTLS() }
    let canSeal = (try? board.innerTLS()) != nil
    let dialer = SecureGatewayDialer(
      endpoint: endpoint, tls: { board.outerTLS() }, sealed: canSeal ? sealed : nil, loop: loop)
    return try await dialer.withLink(body)
  }
}
