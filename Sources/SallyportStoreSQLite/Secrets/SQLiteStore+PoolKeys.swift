import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore {
  /// Of one pool; older ones are forgotten.
  private static let maximumPoolKeys = 16

  package func publishPoolKey(_ key: PoolKeyRecord, audit: AuditEntry) async throws {
    try await write { database in
      try database.requireActivePool(key.pool, of: key.tenant, kind: .worker)
      // A new number: it is the newest.
      try database.run(
        """
        INSERT OR REPLACE INTO pool_key
          (tenant, pool, key_id, certificate, published_at, published_by)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        [
          key.tenant.rawValue, key.pool.rawValue, key.keyID, Blob(key.certificate),
          key.publishedAt.milliseconds, key.publishedBy,
        ])
      try database.run(
        """
        DELETE FROM pool_key WHERE tenant = ?1 AND pool = ?2 AND number NOT IN (
          SELECT number FROM pool_key WHERE tenant = ?1 AND pool = ?2
          ORDER BY number DESC LIMIT ?3)
        """,
        [key.tenant.rawValue, key.pool.rawValue, Self.maximumPoolKeys])
      try database.append(audit)
    }
  }

  package func poolKeys(
    of pool: PoolName, of tenant: TenantName
  ) async throws -> [PoolKeyRecord] {
    try await read { database in
      try database.requirePool(pool, of: tenant, kind: .worker)
      return try database.rows(
        """
        SELECT * FROM pool_key WHERE tenant = ? AND pool = ?
          AND NOT \(PoolPurged.sql("pool_key.tenant", "pool_key.pool"))
        ORDER BY number DESC LIMIT ?
        """,
        [tenant.rawValue, pool.rawValue, Self.maximumPoolKeys]
      ).map { row in
        PoolKeyRecord(
          tenant: try row.name("tenant"), pool: try row.name("pool"),
          keyID: try row.value("key_id"), certificate: try row.bytes("certificate"),
          publishedAt: try row.time("published_at"), publishedBy: try row.value("published_by"))
      }
    }
  }
}
