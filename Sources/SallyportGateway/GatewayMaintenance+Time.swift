import Logging
import SallyportCore
import SallyportStore

/// Heartbeats and sweeps, and what the gateway's own outages owe to leases.
extension GatewayMaintenance {
  /// Until the task is cancelled, or a successor serves: time is its from then on. No sweep before
  /// deadlines have been moved on by the time for which no gateway ran, however long that takes to
  /// succeed.
  func keepTime() async {
    let limits = services.limits
    var monitor = OutageMonitor(
      interval: limits.sweepInterval, heartbeatInterval: limits.heartbeatInterval)
    var grace = limits.restartGrace
    var health = StoreHealth.ok
    while !Task.isCancelled, !services.succession.isHandedOver {
      do {
        try await visit(&monitor, grace: grace)
        services.status.writes.turn()
        // Whoever was connected all the time needs a renewal, and no reconnect.
        grace = limits.leaseRenewInterval
      } catch is CancellationError {
        return
      } catch {
        if (error as? StoreError)?.isPassing == true { monitor.failed() }
        services.logger.error("heartbeat and sweep failed", metadata: ["error": "\(error)"])
      }
      health = noteHealth(after: health)
      services.status.visits.turn()
      do { try await services.clock.sleep(limits.sweepInterval) } catch { return }
    }
  }

  /// - Parameter grace: What is left of a lease at least after an outage.
  private func visit(_ monitor: inout OutageMonitor, grace: Duration) async throws {
    // One reading for all: a process that is stopped in between must not sweep by the time at
    // which it goes on.
    let now = services.clock.now
    switch monitor.step(at: now) {
    case .resume:
      let outage = try await services.store.resume(
        at: now, grace: grace, longest: services.limits.leaseDuration)
      monitor.resumed(at: now)
      if outage != .zero {
        services.logger.info(
          "leases moved on by the time since the last heartbeat",
          metadata: ["seconds": "\(outage.components.seconds)"])
      }
      services.sessions.storeRecovered()
      // When retries are due has moved as well.
      services.releases.ring(for: now)
    case .beat:
      try await services.store.beat(at: now)
      monitor.beaten(at: now)
    case .sweep: break
    }
    try await sweepOnce(at: now)
    monitor.visited(at: now)
  }

  /// Says once when the store begins to refuse new work, and once when it takes it again.
  private func noteHealth(after last: StoreHealth) -> StoreHealth {
    let health = services.store.health
    switch (last, health) {
    case (.ok, .refusing(let reason)):
      services.logger.error("the store refuses new work", metadata: ["reason": "\(reason)"])
    case (.refusing, .ok): services.logger.notice("the store takes new work again")
    case (.ok, .ok), (.refusing, .refusing): break
    }
    return health
  }
}
