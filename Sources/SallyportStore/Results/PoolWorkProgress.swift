package import SallyportCore

/// How far the end of a pool has come.
package struct PoolWorkProgress: Hashable, Sendable {
  package let tenant: TenantName
  package let pool: PoolName
  /// Whose rows are ended or removed; `file` where all are, and the files are to be written anew.
  package let table: String
  /// Queued jobs that were cancelled in this step.
  package var jobsEnded = 0
  /// Audit records that this step came across and that do not open: damaged, or moved. At most 500.
  package var brokenAuditRecords: [Int64] = []

  package init(tenant: TenantName, pool: PoolName, table: String) {
    self.tenant = tenant
    self.pool = pool
    self.table = table
  }
}
