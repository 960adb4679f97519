import NIOCore
import SallyportHTTP2

/// The client's side of one connection: tells when it can be used, drains and is gone.
final class ClientConnection: ConnectionDelegate {
  /// What happens to a connection, in this order; `closed` always comes, once.
  enum Event: Sendable {
    case ready
    case draining
    case closed(ConnectionError)
  }

  private let onEvent: @Sendable (Event) -> Void
  private var isReady = false

  init(onEvent: @escaping @Sendable (Event) -> Void) { self.onEvent = onEvent }

  func connectionSecured(_ connection: SecureConnection) {}

  func connectionConfirmed(_ connection: SecureConnection) {
    guard !isReady else { return }
    isReady = true
    onEvent(.ready)
  }

  func connection(
    _ connection: SecureConnection, opened stream: HTTP2StreamID, _ fields: [HeaderField],
    endStream: Bool
  ) -> (any ConnectionStream)? {
    nil
  }

  func connectionDraining(_ connection: SecureConnection) { onEvent(.draining) }

  func connectionClosed(_ connection: SecureConnection, _ error: ConnectionError) {
    onEvent(.closed(error))
  }
}
