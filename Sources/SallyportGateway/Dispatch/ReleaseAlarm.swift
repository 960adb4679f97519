import SallyportStore
import Synchronization

/// Wakes the one task that waits for backoffs to end when one ends earlier than it thought.
final class ReleaseAlarm: Sendable {
  private struct State {
    /// What the task waits for; nil: for nothing.
    var target: Timestamp?
    var isRung = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// A job may be offered from `time` on.
  func ring(for time: Timestamp) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if let target = state.target, target <= time { return nil }
      state.isRung = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Before the store is asked for the earliest: what rings from now on counts.
  func arm() {
    state.withLock { state in
      state.target = nil
      state.isRung = false
    }
  }

  /// Returns at `target`, or as soon as an earlier time is rung, or where the task is cancelled.
  func wait(until target: Timestamp?, clock: GatewayClock) async {
    state.withLock { $0.target = target }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.rung() }
      if let target {
        group.addTask { try? await clock.sleep(max(target - clock.now, .zero)) }
      }
      await group.next()
      group.cancelAll()
    }
  }

  private func rung() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isRung || Task.isCancelled { return true }
          state.waiter = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume()
    }
  }
}
