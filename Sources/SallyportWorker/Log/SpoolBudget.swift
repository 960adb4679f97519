import Synchronization

/// The bytes that all logs on this worker's disk may have together.
///
/// Where they are used up, the output of jobs is no longer read, except for the job that began
/// first: its log is bounded by itself, and its end makes room for the others. So the logs have at
/// most this many bytes, and those of one log, and no two jobs ever wait for each other.
package final class SpoolBudget: Sendable {
  private struct Spool {
    var length: UInt64
    var isGrowing: Bool
    let wake: @Sendable () -> Void
  }

  private struct State {
    var spools: [Int: Spool] = [:]
    var total: UInt64 = 0
    var next = 0
  }

  package let maximum: UInt64
  private let state = Mutex(State())

  package init(maximum: UInt64) { self.maximum = maximum }

  /// - Parameter wake: Called, on any thread, when there may be room again.
  func add(length: UInt64, wake: @escaping @Sendable () -> Void) -> Int {
    state.withLock { state in
      defer { state.next += 1 }
      state.spools[state.next] = Spool(length: length, isGrowing: true, wake: wake)
      state.total += length
      return state.next
    }
  }

  func grow(_ spool: Int, to length: UInt64) {
    state.withLock { state in
      guard let before = state.spools[spool]?.length, length > before else { return }
      state.total += length - before
      state.spools[spool]?.length = length
    }
  }

  func hasRoom(_ spool: Int) -> Bool {
    state.withLock { state in
      state.total < maximum
        || state.spools.filter(\.value.isGrowing).keys.min() == spool
    }
  }

  /// It grows no more, but is still on the disk.
  func seal(_ spool: Int) {
    wake { $0.spools[spool]?.isGrowing = false }
  }

  func remove(_ spool: Int) {
    wake { state in
      guard let length = state.spools.removeValue(forKey: spool)?.length else { return }
      state.total -= length
    }
  }

  /// Bytes of all logs.
  var total: UInt64 { state.withLock { $0.total } }

  private func wake(_ change: (inout State) -> Void) {
    let waiting = state.withLock { state in
      change(&state)
      return state.spools.values.filter(\.isGrowing).map(\.wake)
    }
    for wake in waiting { wake() }
  }
}
