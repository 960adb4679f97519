package import NIOCore

/// A request body of which only what was checked goes on.
package struct CheckedBody: AsyncSequence, Sendable {
  /// Nil: there is no body.
  let inspection: RequestInspection?

  /// The body of a request that has none.
  package static let none = CheckedBody(inspection: nil)

  package func makeAsyncIterator() -> Iterator { Iterator(inspection: inspection) }

  package struct Iterator: AsyncIteratorProtocol {
    let inspection: RequestInspection?

    package mutating func next() async throws -> ByteBuffer? { try await inspection?.next() }
  }
}
