import SallyportCore

/// A pool, whoever it belongs to.
struct PoolKey: Hashable, Sendable {
  let tenant: TenantName
  let pool: PoolName
}
