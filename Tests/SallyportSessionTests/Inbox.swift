/// What code under test reported, in order, for a test to await.
struct Inbox<Element: Sendable>: Sendable {
  private let stream: AsyncStream<Element>
  private let continuation: AsyncStream<Element>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func put(_ element: Element) { continuation.yield(element) }

  /// The next element. Throws where the test is cancelled by its time limit.
  func next() async throws -> Element {
    for await element in stream { return element }
    throw CancellationError()
  }
}
