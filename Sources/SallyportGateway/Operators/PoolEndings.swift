import SallyportStore
import Synchronization

/// Says that a pool is to be ended, and how far that has come: to ``GatewayMaintenance``, which does it,
/// and to those who wait for it. Both look at the store for the rest.
final class PoolEndings: Sendable {
  /// Rung where there may be work.
  let alarm = ReleaseAlarm()
  let watchers = PoolWatchers()
  private let failing = Mutex<Set<PoolKey>>([])

  /// Whether ending the pool failed when it was last tried.
  func isFailing(_ pool: PoolKey) -> Bool { failing.withLock { $0.contains(pool) } }

  /// Tells those who wait that it failed; it is tried again.
  func failed(_ pool: PoolKey) {
    failing.withLock { _ = $0.insert(pool) }
    watchers.publish(pool)
  }

  /// It went on, or somebody new waits for it.
  func clearFailure(of pool: PoolKey) { failing.withLock { _ = $0.remove(pool) } }
}
