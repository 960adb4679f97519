import NIOCore

/// A body of one piece.
struct SinglePiece: AsyncSequence, Sendable {
  struct AsyncIterator: AsyncIteratorProtocol {
    var piece: ByteBuffer?

    mutating func next() async throws -> ByteBuffer? {
      defer { piece = nil }
      return piece
    }

    mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(any Error) -> ByteBuffer? {
      defer { piece = nil }
      return piece
    }
  }

  let piece: ByteBuffer

  init(_ piece: ByteBuffer) { self.piece = piece }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(piece: piece) }
}
