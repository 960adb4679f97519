import HTTPTypes
import SallyportCore
import SallyportHTTP2

/// The connection inside a relay: reports to its ``SealedConnection``, and makes requests of the
/// streams that the far end opens.
final class SealedConnectionDelegate: ConnectionDelegate {
  private let sealed: SealedConnection
  private var calls: CallCounter?

  init(_ sealed: SealedConnection) { self.sealed = sealed }

  func connectionSecured(_ connection: SecureConnection) {
    guard let peer = connection.peer else {
      return connection.close(
        ConnectionError(code: .tlsFailed, message: "the far end showed no certificate"))
    }
    calls = CallCounter(maximum: connection.limits.maximumConcurrentStreams)
    sealed.secured(by: peer)
  }

  func connection(
    _ connection: SecureConnection, opened stream: HTTP2StreamID, _ fields: [HeaderField],
    endStream: Bool
  ) -> (any ConnectionStream)? {
    let opened = OpenedStream(
      connection: connection, id: stream, fields: fields, isEnded: endStream)
    guard let calls, let head = HTTPCoding.request(fields), head.method != .connect else {
      opened.refuse([HeaderField(":status", "400")])
      return nil
    }
    guard calls.begin() else {
      opened.refuse([HeaderField(":status", "503")])
      return nil
    }
    let exchange = Exchange(sealed)
    let stream = ExchangeStream(exchange, on: connection, id: stream, endStream: endStream)
    sealed.opened(SealedRequest(head: head, exchange: exchange, calls: calls))
    return stream
  }

  func connectionClosed(_ connection: SecureConnection, _ error: ConnectionError) {
    sealed.ended(error)
  }
}
