import SallyportCore

/// What has a cap on the jobs that run at once.
enum SlotScope: Hashable, Sendable {
  case pool(PoolKey)
  case tenant(TenantName)
  case gateway

  /// Every scope in which a job of the pool has a slot.
  static func all(of pool: PoolKey) -> [SlotScope] {
    [.pool(pool), .tenant(pool.tenant), .gateway]
  }
}
