package import SallyportCore

/// How many jobs of one pool are not over.
package struct PoolCensus: Hashable, Sendable {
  package let tenant: TenantName
  package let pool: PoolName
  package let queued: Int
  package let offered: Int
  package let running: Int
  /// Submission of the queued job that has waited for longest.
  package let oldestQueued: Timestamp?

  package init(
    tenant: TenantName, pool: PoolName, queued: Int, offered: Int, running: Int,
    oldestQueued: Timestamp?
  ) {
    self.tenant = tenant
    self.pool = pool
    self.queued = queued
    self.offered = offered
    self.running = running
    self.oldestQueued = oldestQueued
  }
}
