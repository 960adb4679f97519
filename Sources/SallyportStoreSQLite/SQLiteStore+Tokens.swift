import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: TokenStore {
  package func createToken(_ token: EnrollmentTokenRecord, audit: AuditEntry) async throws {
    try await write { database in
      try database.requireActivePool(token.pool, of: token.tenant, kind: nil)
      try database.run(
        """
        INSERT INTO token (id, tenant, pool, hash, created_at, expires_at, uses_left)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [
          token.id.rawValue, token.tenant.rawValue, token.pool.rawValue,
          Blob(token.hash), token.createdAt.milliseconds, token.expiresAt.milliseconds,
          token.usesLeft,
        ])
      try database.append(audit)
    }
  }

  package func tokens(
    of tenant: TenantName, pool: PoolName?
  ) async throws -> [EnrollmentTokenRecord] {
    try await read { database in
      try database.rows(
        """
        SELECT * FROM token WHERE tenant = ? AND pool = ifnull(?, pool)
          AND NOT \(PoolPurged.sql("token.tenant", "token.pool"))
        ORDER BY created_at DESC, id LIMIT 1000
        """,
        [tenant.rawValue, pool?.rawValue]
      ).map { try EnrollmentTokenRecord(row: $0) }
    }
  }

  package func revokeToken(
    _ id: TokenID, of tenant: TenantName, at time: Timestamp, audit: AuditEntry
  ) async throws {
    try await write { database in
      let changed = try database.change(
        "UPDATE token SET revoked_at = ifnull(revoked_at, ?) WHERE id = ? AND tenant = ?",
        [time.milliseconds, id.rawValue, tenant.rawValue])
      guard changed == 1 else {
        throw StoreError(code: .notFound, message: "there is no token \(id)")
      }
      try database.append(audit)
    }
  }
}

extension EnrollmentTokenRecord {
  init(row: Row) throws {
    self.init(
      id: try row.identifier("id"), tenant: try row.name("tenant"), pool: try row.name("pool"),
      hash: try row.bytes("hash"), createdAt: try row.time("created_at"),
      expiresAt: try row.time("expires_at"), usesLeft: try row.value("uses_left"))
    revokedAt = try row.optionalTime("revoked_at")
  }
}
