package import GRPCCore

/// One authenticated connection to the gateway, as a worker or agent sees it: generated gRPC
/// clients on one side, relays on the other, all on the same HTTP/2 connection.
package struct GatewayLink<Transport: ClientTransport>: Sendable {
  package let client: GRPCClient<Transport>
  /// Nil where the process has no inner certificate, and so takes part in no sealed channel.
  package let dialer: (any SealedDialer)?
  package let server: (any SealedServer)?
  /// Returns when the gateway has announced the end of the connection (GOAWAY), so that nothing new
  /// can begin on it, or when the task is cancelled. Nil where the transport has no such notice.
  package let retired: (@Sendable () async -> Void)?

  package init(
    client: GRPCClient<Transport>, dialer: (any SealedDialer)?, server: (any SealedServer)?,
    retired: (@Sendable () async -> Void)? = nil
  ) {
    self.client = client
    self.dialer = dialer
    self.server = server
    self.retired = retired
  }
}

/// Makes links. One call is one connection; keeping a process connected is the caller's work.
package protocol GatewayDialer<Transport>: Sendable {
  associatedtype Transport: ClientTransport

  /// Connects with the newest certificate, runs `body`, and closes the connection gracefully when
  /// it returns or at once when the task is cancelled. Where the connection is lost, every call
  /// and relay on the link fails with `UNAVAILABLE` or ``RelayError``.
  func withLink<Result: Sendable>(
    _ body: (GatewayLink<Transport>) async throws -> Result
  ) async throws -> Result
}

/// The open connections of a listener, for revocation.
package protocol LiveConnections: Sendable {
  /// Closes, at once and with all their streams, the connections that match.
  /// - Returns: How many were closed.
  @discardableResult
  func close(
    reason: String, where matches: @escaping @Sendable (PeerContext) -> Bool
  ) async -> Int
}
