import Synchronization

/// Tells one waiting task that there is something to look at. Rings while nobody waits are kept as
/// one.
package final class Doorbell: Sendable {
  private struct State {
    var rung = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  package init() {}

  package func ring() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard let waiter = state.waiter else {
        state.rung = true
        return nil
      }
      state.waiter = nil
      return waiter
    }
    waiter?.resume()
  }

  /// Returns at the next ring, at once where it has rung since the last wait. One task at a time.
  ///
  /// - Throws: `CancellationError`.
  package func wait() async throws {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state -> Bool in
          precondition(state.waiter == nil, "one task waits at a doorbell")
          if state.rung || Task.isCancelled {
            state.rung = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      ring()
    }
    try Task.checkCancellation()
  }
}
