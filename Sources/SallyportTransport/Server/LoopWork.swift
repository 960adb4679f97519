import NIOCore

/// What the connections of one event loop have for the tasks of their listener.
final class LoopWork: Sendable {
  let executor: LoopTaskExecutor
  /// At most `maximumConcurrentStreams` per connection, which is where it is bounded.
  let items: AsyncStream<ServerWork>
  private let continuation: AsyncStream<ServerWork>.Continuation

  init(_ executor: LoopTaskExecutor) {
    self.executor = executor
    (self.items, self.continuation) = AsyncStream.makeStream()
  }

  func add(_ item: ServerWork) { continuation.yield(item) }

  func finish() { continuation.finish() }
}
