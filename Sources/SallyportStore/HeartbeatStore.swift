/// How long no gateway was running, so that an outage costs nobody a lease.
package protocol HeartbeatStore {
  /// Notes that a gateway is alive.
  func beat(at time: Timestamp) async throws

  /// Called once at start, before any sweep: moves lease and offer deadlines on by the time since
  /// the last heartbeat, and leaves each at least `grace` to reconnect in.
  ///
  /// - Returns: The length of the outage; zero for a new store.
  func resume(at time: Timestamp, grace: Duration) async throws -> Duration
}
