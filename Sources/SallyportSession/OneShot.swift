import Synchronization

/// A signal that is given at most once and that any number of tasks may await.
final class OneShot<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var nextWaiter = 0
    var waiters: [Int: CheckedContinuation<Value, any Error>] = [:]
    /// Waiters that were cancelled before they were registered.
    var cancelled: Set<Int> = []
  }

  private let state = Mutex(State())

  /// Gives the signal; later calls change nothing.
  func fire(_ value: Value) {
    let waiters = state.withLock { state -> [CheckedContinuation<Value, any Error>] in
      guard state.value == nil else { return [] }
      state.value = value
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(returning: value) }
  }

  var value: Value? { state.withLock { $0.value } }

  /// - Throws: `CancellationError` where the task is cancelled before the signal.
  func wait() async throws -> Value {
    let id = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let ready = state.withLock { state -> Result<Value, any Error>? in
          if let value = state.value { return .success(value) }
          if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
          state.waiters[id] = continuation
          return nil
        }
        if let ready { continuation.resume(with: ready) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Value, any Error>? in
        if let waiter = state.waiters.removeValue(forKey: id) { return waiter }
        if state.value == nil { state.cancelled.insert(id) }
        return nil
      }
      waiter?.resume(throwing: CancellationError())
    }
  }
}
