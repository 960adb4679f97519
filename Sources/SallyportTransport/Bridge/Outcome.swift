import Synchronization

/// A value that is set once and that any number of tasks wait for.
final class Outcome<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    var waiters: [UInt64: CheckedContinuation<Value?, Never>] = [:]
    var nextID: UInt64 = 0
    var cancelled: Set<UInt64> = []
  }

  private let state = Mutex(State())

  /// Without effect once a value is set.
  func set(_ value: Value) {
    let waiters = state.withLock { state -> [CheckedContinuation<Value?, Never>] in
      guard state.value == nil else { return [] }
      state.value = value
      defer { state.waiters.removeAll() }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(returning: value) }
  }

  var current: Value? { state.withLock { $0.value } }

  /// Waits on where the task is cancelled: for what cancellation itself brings about.
  func waitThroughCancellation() async -> Value? {
    await withCheckedContinuation { continuation in
      let value = state.withLock { state -> Value? in
        if let value = state.value { return value }
        state.nextID += 1
        state.waiters[state.nextID] = continuation
        return nil
      }
      if let value { continuation.resume(returning: value) }
    }
  }

  /// - Returns: Nil where the waiting task was cancelled.
  func wait() async -> Value? {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let outcome = state.withLock { state -> Value?? in
          if let value = state.value { return .some(value) }
          if state.cancelled.remove(id) != nil { return .some(nil) }
          state.waiters[id] = continuation
          return .none
        }
        if let outcome { continuation.resume(returning: outcome) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        let waiter = state.waiters.removeValue(forKey: id)
        if waiter == nil { state.cancelled.insert(id) }
        return waiter
      }
      waiter?.resume(returning: nil)
    }
  }
}
