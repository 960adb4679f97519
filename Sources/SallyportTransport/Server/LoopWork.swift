import NIOCore
import Synchronization

/// What the connections of one event loop have for the tasks of their listener.
final class LoopWork: Sendable {
  private typealias Waiter = CheckedContinuation<ServerWork?, Never>

  private struct State {
    var items = CircularBuffer<ServerWork>()
    var waiter: Waiter?
    /// Calls that have been added and not ended: what they leave to be done comes here as well.
    var openCalls = 0
    var isFinished = false
    /// Whoever takes items has been told that there are no more.
    var isOver = false
  }

  let executor: LoopTaskExecutor
  /// Bounded by `maximumConcurrentStreams` for each connection: its streams, and what the calls among
  /// them leave to be done, a few things each.
  private let state = Mutex(State())

  init(_ executor: LoopTaskExecutor) { self.executor = executor }

  /// A call is there until ``callEnded()``.
  func add(_ item: ServerWork) {
    change { state in
      if case .call = item { state.openCalls += 1 }
      state.items.append(item)
    }
  }

  func callEnded() { change { $0.openCalls -= 1 } }

  /// Nothing comes from connections any more; there may be work until the last call has ended.
  func finish() { change { $0.isFinished = true } }

  /// The next item; nil, once, when there is none any more. For one task, also where it is cancelled: calls
  /// are cancelled with it, and what they do at their end is done.
  func next() async -> ServerWork? {
    await withCheckedContinuation { continuation in
      change { state in
        precondition(state.waiter == nil, "one task takes items")
        state.waiter = continuation
      }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let resumption = state.withLock { state -> (waiter: Waiter, item: ServerWork?)? in
      guard !state.isOver else { return nil }
      body(&state)
      guard let waiter = state.waiter else { return nil }
      let item = state.items.popFirst()
      state.isOver = item == nil && state.isFinished && state.openCalls == 0
      guard item != nil || state.isOver else { return nil }
      state.waiter = nil
      return (waiter, item)
    }
    if let resumption { resumption.waiter.resume(returning: resumption.item) }
  }
}
