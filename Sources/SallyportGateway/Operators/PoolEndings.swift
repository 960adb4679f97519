import SallyportStore

/// Says that a pool is to be ended, and how far that has come: to ``GatewayMaintenance``, which does it,
/// and to those who wait for it. Carries no state: both look at the store.
struct PoolEndings: Sendable {
  /// Rung where there may be work.
  let alarm = ReleaseAlarm()
  let watchers = PoolWatchers()
}
