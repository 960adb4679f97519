internal import NIOCore

/// A gzip-compressed request body as what it holds, which is bounded, too.
struct InflatedBody: AsyncSequence, Sendable {
  let base: MeteredBody
  /// Bytes when inflated.
  let limit: Int

  func makeAsyncIterator() -> Iterator {
    Iterator(base: base.makeAsyncIterator(), limit: limit)
  }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate var base: MeteredBody.Iterator
    fileprivate let limit: Int
    private var inflater: Inflater?
    private var input = ByteBuffer()
    private var count = 0

    fileprivate init(base: MeteredBody.Iterator, limit: Int) {
      self.base = base
      self.limit = limit
    }

    /// - Throws: ``RequestRefusal`` where the body is not exactly one gzip member, or holds more
    ///   than the limit.
    mutating func next() async throws -> ByteBuffer? {
      let inflater = try inflater ?? Inflater()
      self.inflater = inflater
      while true {
        if inflater.isFinished {
          guard input.readableBytes == 0, try await base.next() == nil else {
            throw RequestRefusal(.malformedBody, "bytes after the end of the compressed data")
          }
          return nil
        }
        let output = try inflater.inflate(&input)
        guard output.readableBytes == 0 else {
          count += output.readableBytes
          guard count <= limit else { throw RequestRefusal(.tooLarge, "inflated") }
          return output
        }
        guard !inflater.isFinished else { continue }
        guard let piece = try await base.next() else {
          throw RequestRefusal(.malformedBody, "the compressed data ends too early")
        }
        input.writeImmutableBuffer(piece)
      }
    }
  }
}
