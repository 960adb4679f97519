import Synchronization

/// The logs that this worker has on its disk now, and what has become of earlier ones.
final class SpoolBoard: Sendable {
  private struct State {
    var spools: [ObjectIdentifier: LogSpool] = [:]
    /// Of spools that are gone.
    var acknowledged: UInt64 = 0
  }

  private let state = Mutex(State())

  func add(_ spool: LogSpool) { state.withLock { $0.spools[ObjectIdentifier(spool)] = spool } }

  func remove(_ spool: LogSpool) {
    state.withLock { state in
      guard let spool = state.spools.removeValue(forKey: ObjectIdentifier(spool)) else { return }
      state.acknowledged += spool.acknowledged
    }
  }

  /// Bytes that the gateway does not have yet.
  var waiting: UInt64 {
    state.withLock { state in
      state.spools.values.reduce(0) { sum, spool in
        // The later one read is the greater: what is acknowledged meanwhile is not below zero.
        let acknowledged = spool.acknowledged
        return sum + (max(spool.length, acknowledged) - acknowledged)
      }
    }
  }

  /// Bytes that the gateway has, since the start of the process.
  var acknowledged: UInt64 {
    state.withLock { state in
      state.spools.values.reduce(state.acknowledged) { $0 + $1.acknowledged }
    }
  }
}
