import HTTPTypes
import NIOCore
import SallyportCore
import SallyportRelay

/// A sealed channel whose bodies are counted.
struct MeteredChannel: SealedChannel {
  let base: any SealedChannel
  let meter: RelayMeter

  var peer: PeerIdentity { base.peer }

  func withExchange<Result: Sendable>(
    _ request: HTTPRequest, requestBody: SealedBody?,
    _ body: (HTTPResponse, SealedBody) async throws -> Result
  ) async throws -> Result {
    let meter = meter
    return try await base.withExchange(
      request, requestBody: requestBody.map { CountedBody(base: $0, count: meter.addToAgent) }
    ) { response, answer in
      try await body(response, CountedBody(base: answer, count: meter.addToWorker))
    }
  }
}

/// A body that says how many bytes of it have passed.
private struct CountedBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  typealias Failure = any Error

  let base: SealedBody
  let count: @Sendable (Int) -> Void

  func makeAsyncIterator() -> Iterator {
    Iterator(base: base.makeAsyncIterator(), count: count)
  }

  struct Iterator: AsyncIteratorProtocol {
    var base: any AsyncIteratorProtocol<ByteBuffer, any Error>
    let count: @Sendable (Int) -> Void

    mutating func next() async throws -> ByteBuffer? {
      guard let piece = try await base.next(isolation: nil) else { return nil }
      count(piece.readableBytes)
      return piece
    }
  }
}
