import Synchronization

/// Tells waiting tasks that there is something to look at. Rings while nobody waits are kept as one,
/// for the next that waits.
package final class Doorbell: Sendable {
  private struct State {
    var rung = false
    var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var nextWaiter: UInt64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  package func ring() {
    let waiters = state.withLock { state in
      defer { state.waiters = [:] }
      state.rung = state.waiters.isEmpty
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns at the next ring, at once where it has rung since the last wait.
  ///
  /// - Throws: `CancellationError`.
  package func wait() async throws {
    let id = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state -> Bool in
          if state.rung || Task.isCancelled {
            state.rung = false
            return true
          }
          state.waiters[id] = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
    try Task.checkCancellation()
  }
}
