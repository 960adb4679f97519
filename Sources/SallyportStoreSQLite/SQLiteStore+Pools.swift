import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: PoolStore {
  package func createPool(_ pool: Pool, audit: AuditEntry) async throws {
    try await write { database in
      try database.requireTenant(pool.tenant)
      let created = try database.change(
        """
        INSERT OR IGNORE INTO pool (tenant, name, kind, sealed, created_at, maximum_running)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        [
          pool.tenant.rawValue, pool.name.rawValue, pool.kind.rawValue, pool.sealed,
          pool.createdAt.milliseconds, pool.maximumRunning ?? 0,
        ])
      guard created == 1 else {
        let isRevoked = try database.pool(pool.name, of: pool.tenant)?.revokedAt != nil
        throw StoreError(
          code: .alreadyExists,
          message: isRevoked
            ? "pool \(pool.name) was revoked; its name is not used again"
            : "pool \(pool.name) exists already")
      }
      try database.append(audit)
    }
  }

  package func pool(_ name: PoolName, of tenant: TenantName) async throws -> Pool? {
    try await read { try $0.pool(name, of: tenant) }
  }

  package func pools(of tenant: TenantName, kind: PoolKind?) async throws -> [Pool] {
    try await read { database in
      try database.rows(
        "SELECT * FROM pool_view WHERE tenant = ? AND kind = ifnull(?, kind) ORDER BY name LIMIT 10000",
        [tenant.rawValue, kind?.rawValue]
      ).map { try Pool(row: $0) }
    }
  }
}

extension Database {
  func pool(_ name: PoolName, of tenant: TenantName) throws -> Pool? {
    try row(
      "SELECT * FROM pool_view WHERE tenant = ? AND name = ?", [tenant.rawValue, name.rawValue]
    ).map { try Pool(row: $0) }
  }

  @discardableResult
  func requirePool(_ name: PoolName, of tenant: TenantName, kind: PoolKind?) throws -> Pool {
    guard let pool = try pool(name, of: tenant), kind == nil || pool.kind == kind else {
      let label = kind.map { "\($0.rawValue) pool" } ?? "pool"
      throw StoreError(code: .notFound, message: "there is no \(label) \(name)")
    }
    return pool
  }
}

extension Pool {
  init(row: Row) throws {
    self.init(
      tenant: try row.name("tenant"), name: try row.name("name"), kind: try row.raw("kind"),
      sealed: try row.value("sealed"), createdAt: try row.time("created_at"))
    let maximum: UInt32 = try row.value("maximum_running")
    maximumRunning = maximum == 0 ? nil : maximum
    if let since = try row.optionalTime("paused_at") {
      pause = PoolPause(reason: try row.value("opened_pause_reason"), since: since)
    }
    queued = try row.unsigned("queued")
    running = try row.value("running")
    revokedAt = try row.optionalTime("revoked_at")
    purgeBeganAt = try row.optionalTime("purge_began_at")
    purgedAt = try row.optionalTime("purged_at")
  }
}
