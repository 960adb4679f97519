package import SallyportCore

/// A pool of which nothing is left.
package struct PoolPurgeEnd: Hashable, Sendable {
  package let tenant: TenantName
  package let pool: PoolName
  package let jobs: Int
  /// Those whose words are gone.
  package let auditRecords: Int

  package init(tenant: TenantName, pool: PoolName, jobs: Int, auditRecords: Int) {
    self.tenant = tenant
    self.pool = pool
    self.jobs = jobs
    self.auditRecords = auditRecords
  }
}
