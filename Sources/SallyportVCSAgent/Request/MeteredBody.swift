package import NIOCore
package import SallyportRelay
internal import Synchronization

/// A request body that counts its bytes and ends with an error beyond a limit.
package final class MeteredBody: AsyncSequence, Sendable {
  package typealias Element = ByteBuffer
  package typealias Failure = any Error

  private let base: SealedBody
  private let limit: Int
  private let count = Atomic<Int>(0)

  package init(_ base: SealedBody, limit: Int) {
    self.base = base
    self.limit = limit
  }

  package var bytes: Int { count.load(ordering: .relaxed) }

  package func makeAsyncIterator() -> Iterator {
    Iterator(base: base.makeAsyncIterator(), body: self)
  }

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate var base: any AsyncIteratorProtocol<ByteBuffer, any Error>
    fileprivate let body: MeteredBody

    package mutating func next() async throws -> ByteBuffer? {
      guard let piece = try await base.next(isolation: nil) else { return nil }
      let total = body.count.wrappingAdd(piece.readableBytes, ordering: .relaxed).newValue
      guard total <= body.limit else { throw RequestRefusal(.tooLarge) }
      return piece
    }
  }
}
