import Synchronization

/// A value that is set once and that any number of tasks may wait for.
package final class Latch<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var waiters: [UInt64: CheckedContinuation<Value?, Never>] = [:]
    var nextWaiter: UInt64 = 0
    var certain: [CheckedContinuation<Value, Never>] = []
  }

  private let state = Mutex(State())

  package init() {}

  package var current: Value? { state.withLock { $0.value } }

  /// Sets the value; the first one stays.
  /// - Returns: Whether this was the first.
  @discardableResult
  package func set(_ value: Value) -> Bool {
    let previous = state.withLock { state -> State? in
      guard state.value == nil else { return nil }
      state.value = value
      defer {
        state.waiters = [:]
        state.certain = []
      }
      return state
    }
    guard let previous else { return false }
    for waiter in previous.waiters.values { waiter.resume(returning: value) }
    for waiter in previous.certain { waiter.resume(returning: value) }
    return true
  }

  /// - Throws: `CancellationError` where the task is cancelled before there is a value.
  package func wait() async throws -> Value {
    let id = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    let value = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let immediate = state.withLock { state -> Value?? in
          if let value = state.value { return .some(value) }
          if Task.isCancelled { return .some(nil) }
          state.waiters[id] = continuation
          return nil
        }
        if let immediate { continuation.resume(returning: immediate) }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: nil)
    }
    guard let value else { throw CancellationError() }
    return value
  }

  /// Waits whether or not the task is cancelled: only for what is certain to come.
  package func waitUncancellably() async -> Value {
    await withCheckedContinuation { (continuation: CheckedContinuation<Value, Never>) in
      let immediate = state.withLock { state -> Value? in
        if let value = state.value { return value }
        state.certain.append(continuation)
        return nil
      }
      if let immediate { continuation.resume(returning: immediate) }
    }
  }
}
