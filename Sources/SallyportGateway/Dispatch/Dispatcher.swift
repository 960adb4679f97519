import SallyportCore
import Synchronization

/// Brings jobs and sessions together. The queue itself is in the store; this only knows whom to
/// wake when a job is submitted or comes back.
final class Dispatcher: Sendable {
  private struct State {
    var pools: [PoolKey: WaitingSessions] = [:]
    var signals: [SessionID: @Sendable (JobID?) -> Void] = [:]
  }

  private let state = Mutex(State())

  /// - Parameter wake: Must not block.
  func join(_ session: SessionID, wake: @escaping @Sendable (JobID?) -> Void) {
    state.withLock { $0.signals[session] = wake }
  }

  /// The next one in line is woken, in case that a wake was on its way to this session.
  func leave(_ session: SessionID, _ pool: PoolKey) {
    state.withLock { state in
      state.signals[session] = nil
      state.pools[pool]?.leave(session)
    }
    wake(pool)
  }

  func generation(of pool: PoolKey) -> UInt64 {
    state.withLock { $0.pools[pool]?.generation ?? 0 }
  }

  /// - Parameter excluding: Jobs that the session would not take.
  /// - Returns: False where jobs have come since `generation`: look again.
  func wait(
    _ session: SessionID, for pool: PoolKey, since generation: UInt64,
    excluding: Set<JobID> = []
  ) -> Bool {
    state.withLock { state in
      state.pools[pool, default: WaitingSessions()]
        .wait(session, since: generation, excluding: excluding)
    }
  }

  /// A job of the pool is ready: this one, where it is known which.
  func wake(_ pool: PoolKey, for job: JobID? = nil) {
    let signal: (@Sendable (JobID?) -> Void)? = state.withLock { state in
      while let session = state.pools[pool, default: WaitingSessions()].wake(for: job) {
        if let signal = state.signals[session] { return signal }
      }
      return nil
    }
    signal?(job)
  }
}
