import SallyportCore
import SallyportStore

/// A pool, whoever it belongs to.
struct PoolKey: Hashable, Sendable {
  let tenant: TenantName
  let pool: PoolName
}

extension PoolKey {
  init(_ job: JobRecord) { self.init(tenant: job.tenant, pool: job.pool) }
}
