import SallyportCore
import Synchronization

/// Which `WriteLog` call of an attempt counts: the newest. A worker that lost its connection begins
/// a new one while the old one still hangs, and no worker has many chunks of one log on the way.
final class LogStreams: Sendable {
  struct Key: Hashable, Sendable {
    let worker: WorkerID
    let attempt: AttemptID
  }

  private struct State {
    var newest: [Key: UInt64] = [:]
    var last: UInt64 = 0
  }

  private let state = Mutex(State())

  /// - Returns: The number of this call.
  func begin(_ key: Key) -> UInt64 {
    state.withLock { state in
      state.last += 1
      state.newest[key] = state.last
      return state.last
    }
  }

  func isNewest(_ number: UInt64, of key: Key) -> Bool {
    state.withLock { $0.newest[key] == number }
  }

  func end(_ number: UInt64, of key: Key) {
    state.withLock { state in
      if state.newest[key] == number { state.newest[key] = nil }
    }
  }
}
