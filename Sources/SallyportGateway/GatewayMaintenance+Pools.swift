import Logging
import SallyportCore
import SallyportMetrics
import SallyportStore

/// Brings revocations and purges of pools to their end, also those that another process, or this
/// gateway before it was killed, has begun.
extension GatewayMaintenance {
  func endPools() async {
    var pacing = RewritePacing()
    while !Task.isCancelled {
      services.poolEndings.alarm.arm()
      var next: Timestamp? = services.clock.now + services.limits.revocationInterval
      await attempt("ending a pool") { next = try await endPoolsOnce(&pacing) }
      await services.poolEndings.alarm.wait(until: next, clock: services.clock)
    }
  }

  /// One look; a call of its own for tests.
  func endPoolsOnce() async throws {
    var pacing = RewritePacing()
    _ = try await endPoolsOnce(&pacing)
  }

  /// - Returns: When to look again; nil where nothing is left.
  private func endPoolsOnce(_ pacing: inout RewritePacing) async throws -> Timestamp? {
    let store = services.store
    let all = try await store.poolWork().map { PoolKey(tenant: $0.tenant, pool: $0.pool) }
    guard !all.isEmpty else { return nil }
    var hasFailed = false
    for key in all {
      // One that cannot be ended does not hold up the others.
      if try await !endsRows(of: key) { hasFailed = true }
    }
    let now = services.clock.now
    let retry = hasFailed ? now + services.limits.revocationInterval : nil
    guard pacing.isDue(at: now) else { return pacing.next }
    for end in try await store.endPoolPurges(at: now) {
      services.logger.notice(
        "pool purged",
        metadata: [
          "tenant": "\(end.tenant)", "pool": "\(end.pool)", "jobs": "\(end.jobs)",
          "audit_records": "\(end.auditRecords)",
        ])
      services.poolEndings.watchers.publish(PoolKey(tenant: end.tenant, pool: end.pool))
    }
    pacing.rewritten(from: now, to: services.clock.now)
    // What came meanwhile.
    return try await store.poolWork().isEmpty ? nil : retry ?? pacing.next
  }

  /// - Returns: False where that failed, which is logged, and told to those who wait.
  private func endsRows(of key: PoolKey) async throws(CancellationError) -> Bool {
    do {
      try await removeRows(of: key)
      services.poolEndings.clearFailure(of: key)
      return true
    } catch let error as CancellationError {
      throw error
    } catch {
      services.logger.error(
        "ending a pool failed",
        metadata: ["tenant": "\(key.tenant)", "pool": "\(key.pool)", "error": "\(error)"])
      services.poolEndings.failed(key)
      return false
    }
  }

  private func removeRows(of key: PoolKey) async throws {
    var last = ""
    var ended = 0
    while let done = try await services.store.advancePoolWork(
      on: key.pool, of: key.tenant, at: services.clock.now)
    {
      ended += done.jobsEnded
      if !done.brokenAuditRecords.isEmpty {
        services.logger.warning(
          "audit records do not open; the purge goes on",
          metadata: [
            "tenant": "\(key.tenant)", "pool": "\(key.pool)",
            "audit_records": "\(done.brokenAuditRecords)",
          ])
      }
      guard done.table != last else { continue }
      last = done.table
      services.poolEndings.watchers.publish(key)
    }
    if ended > 0 {
      services.metrics.jobsEnded(
        key.tenant.rawValue, key.pool.rawValue, JobState.cancelled.rawValue
      ).add(ended)
      // Whoever watches one of them looks again.
      services.hub.tellAll()
    }
    services.poolEndings.watchers.publish(key)
  }
}
