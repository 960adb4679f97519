/// How long no gateway was running, so that an outage costs nobody a lease.
package protocol HeartbeatStore {
  /// Notes that a gateway is alive.
  func beat(at time: Timestamp) async throws

  /// Called at start and after each outage, before any sweep: moves lease and offer deadlines on by
  /// the time since the last heartbeat, and leaves each at least `grace` to reconnect in.
  ///
  /// A clock that was set between the runs of a gateway, back or forth and however far, changes
  /// nothing: what was left of a deadline at the last heartbeat is left of it now.
  ///
  /// - Parameter longest: No lease is left longer than this, or `grace` where that is more: those
  ///   that were renewed after the outage have nothing to make up for.
  /// - Returns: The length of the outage; zero for a new store.
  func resume(at time: Timestamp, grace: Duration, longest: Duration) async throws -> Duration
}
