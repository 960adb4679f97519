import NIOCore
import SallyportHTTP2
import SallyportRelay

/// One request and its response on the event loop, on either side.
final class ExchangeStream: ConnectionStream {
  private let exchange: Exchange
  private let connection: SecureConnection
  private let isServer: Bool
  private var id: HTTP2StreamID = 0
  private var isInputEnded = false
  private var isOutputEnded = false
  private var isClosed = false
  private var isNotified = false

  /// Client: sends the request head.
  init(
    _ exchange: Exchange, on connection: SecureConnection, _ fields: [HeaderField],
    endStream: Bool
  ) throws(ConnectionError) {
    self.exchange = exchange
    self.connection = connection
    self.isServer = false
    self.isOutputEnded = endStream
    self.id = try connection.open(self, fields, endStream: endStream)
  }

  /// Server: a request head has arrived.
  init(
    _ exchange: Exchange, on connection: SecureConnection, id: HTTP2StreamID, endStream: Bool
  ) {
    self.exchange = exchange
    self.connection = connection
    self.isServer = true
    self.id = id
    exchange.stream.value = self
    if endStream { receivedEnd() }
  }

  // MARK: From tasks

  func send(_ items: some Collection<Exchange.Item>) {
    for item in items {
      guard !isClosed, !isOutputEnded else { return }
      switch item {
      case .head(let fields, let endStream):
        connection.sendHeaders(id, fields, endStream: endStream)
        if endStream { endOutput() }
      case .data(let data):
        connection.sendData(id, data, endStream: false)
      case .end:
        connection.sendData(id, ByteBuffer(), endStream: true)
        endOutput()
      }
    }
  }

  private func endOutput() {
    isOutputEnded = true
    if isServer, !isInputEnded { connection.stopInput(id) }
  }

  func consume(_ count: Int) {
    if !isClosed { connection.consume(id, count) }
  }

  /// Resets the stream, unless what this side wanted of it is complete.
  func cancel() {
    guard !isClosed, !(isOutputEnded && (isServer || isInputEnded)) else { return }
    connection.reset(id, isServer ? .internalError : .cancel)
  }

  // MARK: From the connection

  func receivedHeaders(_ fields: [HeaderField], endStream: Bool) {
    guard let response = HTTPCoding.response(fields) else {
      return connection.reset(id, .protocolError)
    }
    exchange.response.set(.success(response))
    if endStream { receivedEnd() }
  }

  func receivedData(_ data: ByteBuffer) {
    guard !isServer || !isOutputEnded else { return consume(data.readableBytes) }
    exchange.inbound.hold(data, cost: data.readableBytes)
    guard !isNotified else { return }
    isNotified = true
    connection.notifyAfterBatch(self)
  }

  func batchEnded() {
    isNotified = false
    consume(exchange.inbound.deliver())
  }

  func receivedTrailers(_ fields: [HeaderField]) { receivedEnd() }

  func receivedEnd() {
    isInputEnded = true
    exchange.inbound.finish()
  }

  func sent(_ bytes: Int) { exchange.outbound.sent(bytes) }

  func closed(_ end: StreamEnd) {
    isClosed = true
    exchange.stream.value = nil
    let error =
      RelayError(end) ?? RelayError(code: .reset, message: "the request is over")
    exchange.fail(error)
    exchange.closed.set(())
  }
}
