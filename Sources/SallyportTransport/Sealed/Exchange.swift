import HTTPTypes
import NIOCore
import SallyportHTTP2
import SallyportRelay

/// One request and its response inside a sealed channel: what the tasks and the stream on the
/// event loop share, on either side.
final class Exchange: Sendable {
  /// What this side sends.
  enum Item: Sendable {
    case head([HeaderField], endStream: Bool)
    case data(ByteBuffer)
    case end
  }

  private let sealed: SealedConnection
  let stream: LoopReference<ExchangeStream>
  /// The body from the far end.
  let inbound = InboundQueue<ByteBuffer> { $0.gather($1) }
  /// Wide enough that the channel does not run dry while the writer's thread waits for a processor.
  let outbound = OutboundQueue<Item>(limit: 1 << 20)
  /// The client's answer.
  let response = Outcome<Result<HTTPResponse, any Error>>()
  /// Set when the stream is gone.
  let closed = Outcome<Void>()

  init(_ sealed: SealedConnection) {
    self.sealed = sealed
    self.stream = LoopReference(eventLoop: sealed.connection.eventLoop)
  }

  // MARK: From tasks

  func send(_ item: Item) throws {
    var bytes = 0
    if case .data(let data) = item { bytes = data.readableBytes }
    guard try outbound.push(item, bytes: bytes) else { return }
    stream.eventLoop.execute { [self] in drain() }
  }

  /// Sends a body to its end, as the far end's window allows.
  func send(_ body: SealedBody) async throws {
    for try await piece in body {
      try send(.data(piece))
      try await outbound.waitForRoom()
    }
    try send(.end)
  }

  var body: SealedBody { Body(exchange: self) }

  /// Resets the stream unless it has ended.
  func abort(_ error: any Error) {
    stream.eventLoop.execute { [self] in
      fail(error)
      stream.value?.cancel()
    }
  }

  // MARK: On the loop

  private func drain() {
    let items = outbound.drain()
    if let open = stream.value {
      open.send(items)
    } else if case .head(let fields, let endStream)? = items.first {
      open(fields, endStream: endStream)?.send(items.dropFirst())
    }
  }

  private func open(_ fields: [HeaderField], endStream: Bool) -> ExchangeStream? {
    do throws(ConnectionError) {
      guard let connection = sealed.connection.value else {
        throw sealed.endError
          ?? ConnectionError(code: .closedLocally, message: "the sealed channel is closed")
      }
      let opened = try ExchangeStream(self, on: connection, fields, endStream: endStream)
      stream.value = opened
      return opened
    } catch {
      fail(RelayError(error))
      closed.set(())
      return nil
    }
  }

  func fail(_ error: any Error) {
    response.set(.failure(error))
    inbound.finish(throwing: error)
    outbound.close(throwing: error)
  }

  /// The far end's body; taking a piece opens its window.
  private struct Body: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error
    let exchange: Exchange

    func makeAsyncIterator() -> Iterator { Iterator(exchange: exchange) }

    struct Iterator: AsyncIteratorProtocol {
      let exchange: Exchange

      mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

      mutating func next(
        isolation actor: isolated (any Actor)?
      ) async throws(any Error) -> ByteBuffer? {
        try await exchange.inbound.next { [stream = exchange.stream] demand in
          stream.run { $0.consume(demand.released) }
        }
      }
    }
  }
}
