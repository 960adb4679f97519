import SallyportHTTP2

/// What a connection is for: serving calls, making them, or carrying a sealed channel. Called on
/// the connection's event loop.
protocol ConnectionDelegate: AnyObject {
  /// The TLS handshake is complete and the peer is known.
  func connectionSecured(_ connection: SecureConnection)
  /// The peer has acknowledged our settings, and so has accepted our certificate.
  func connectionConfirmed(_ connection: SecureConnection)
  /// The peer opened a stream. Nil where it has been answered already.
  func connection(
    _ connection: SecureConnection, opened stream: HTTP2StreamID, _ fields: [HeaderField],
    endStream: Bool
  ) -> (any ConnectionStream)?
  /// Either side has announced the end: no new streams.
  func connectionDraining(_ connection: SecureConnection)
  /// Called once and last, after all streams have been told.
  func connectionClosed(_ connection: SecureConnection, _ error: ConnectionError)
}

extension ConnectionDelegate {
  func connectionConfirmed(_ connection: SecureConnection) {}
  func connectionDraining(_ connection: SecureConnection) {}
}
