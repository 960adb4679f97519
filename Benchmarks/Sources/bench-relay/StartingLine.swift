import BenchmarkSupport
import Synchronization

/// Where so many tasks wait for the last of them.
final class StartingLine: Sendable {
  private struct State {
    var missing: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
    var watch: Stopwatch?
  }

  private let state: Mutex<State>

  init(runners: Int) { state = Mutex(State(missing: runners)) }

  func wait() async {
    await withCheckedContinuation { continuation in
      release { state in
        state.missing -= 1
        state.waiting.append(continuation)
      }
    }
  }

  /// Nobody waits any more: one that was to come does not.
  func giveUp() { release { $0.missing = 0 } }

  private func release(_ change: (inout State) -> Void) {
    let released = state.withLock { state in
      change(&state)
      guard state.missing <= 0 else { return [CheckedContinuation<Void, Never>]() }
      if state.watch == nil { state.watch = Stopwatch() }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in released { continuation.resume() }
  }

  /// Zero before the start.
  var secondsSinceStart: Double { state.withLock { $0.watch?.wallSeconds ?? 0 } }
}
