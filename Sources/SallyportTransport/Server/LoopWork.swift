import NIOCore
import Synchronization

/// What the connections of one event loop have for the tasks of their listener.
final class LoopWork: Sendable {
  let executor: LoopTaskExecutor
  /// At most `maximumConcurrentStreams` per connection, which is where it is bounded.
  let items: AsyncStream<ServerWork>
  private let continuation: AsyncStream<ServerWork>.Continuation

  private struct State {
    /// Calls that outlast their handlers.
    var lastingCalls = 0
    var isFinished = false

    var isOver: Bool { isFinished && lastingCalls == 0 }
  }

  private let state = Mutex(State())

  init(_ executor: LoopTaskExecutor) {
    self.executor = executor
    (self.items, self.continuation) = AsyncStream.makeStream()
  }

  func add(_ item: ServerWork) { continuation.yield(item) }

  func lastingCallBegan() { state.withLock { $0.lastingCalls += 1 } }

  func lastingCallEnded() {
    change { $0.lastingCalls -= 1 }
  }

  /// Nothing comes from connections any more; there may be work until the last call has ended.
  func finish() {
    change { $0.isFinished = true }
  }

  private func change(_ body: (inout sending State) -> Void) {
    let isOver = state.withLock { state in
      body(&state)
      return state.isOver
    }
    if isOver { continuation.finish() }
  }
}
