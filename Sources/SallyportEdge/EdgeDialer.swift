internal import SallyportConfig
package import SallyportRelay
package import SallyportTransport

/// Dials the gateway with the certificates that are in the state directory at that moment.
package struct EdgeDialer: GatewayDialer {
  private let board: IdentityBoard
  private let dialer: SecureGatewayDialer

  package init(_ settings: GatewaySettings, board: IdentityBoard) {
    self.board = board
    let sealed: TLSConfigurationProvider = { try board.innerTLS() }
    dialer = SecureGatewayDialer(
      endpoint: ServerEndpoint(
        host: settings.endpoint.host, port: settings.endpoint.port,
        serverName: settings.serverName),
      tls: { board.outerTLS() }, sealed: board.hasInnerIdentity ? sealed : nil)
  }

  package func withLink<Result: Sendable>(
    _ body: (GatewayLink<SecureClientTransport>) async throws -> Result
  ) async throws -> Result {
    try await board.refresh()
    return try await dialer.withLink(body)
  }
}
