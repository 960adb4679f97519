import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: SecretStore {
  /// Of one tenant, those that are removed included.
  private static let maximumSecrets = 10_000

  package func setSecret(
    _ secret: SecretRecord, sealed: [UInt8], audit: AuditEntry
  ) async throws {
    try await write(bytes: sealed.count) { database in
      try database.requireContext(secret.context, of: secret.tenant)
      try database.requireActivePool(secret.pool, of: secret.tenant, kind: .worker)
      let last = try database.number(
        """
        SELECT ifnull(max(version), 0) FROM sealed_secret
        WHERE tenant = ? AND context = ? AND name = ? AND pool = ?
        """,
        [
          secret.tenant.rawValue, secret.context.rawValue, secret.name, secret.pool.rawValue,
        ])
      guard secret.version == UInt64(clamping: last) + 1 else {
        throw StoreError(
          code: .conflict,
          message: "the last version of the secret \(secret.name) is \(last): seal the one after it"
        )
      }
      if last == 0 { try database.requireRoomForSecret(of: secret.tenant, Self.maximumSecrets) }
      try database.run(
        """
        INSERT OR REPLACE INTO sealed_secret
          (tenant, context, name, pool, version, key_id, sealed, set_at, set_by)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          secret.tenant.rawValue, secret.context.rawValue, secret.name, secret.pool.rawValue,
          Int64(storing: secret.version), secret.keyID, Blob(sealed), secret.setAt.milliseconds,
          secret.setBy,
        ])
      try database.append(audit)
    }
  }

  package func secrets(
    in context: ContextName, pool: PoolName?, of tenant: TenantName
  ) async throws -> [SecretRecord] {
    try await read { database in
      try database.requireContext(context, of: tenant)
      return try database.rows(
        """
        SELECT tenant, context, name, pool, version, key_id, set_at, set_by,
          sealed IS NULL AS is_removed
        FROM sealed_secret WHERE tenant = ? AND context = ? AND pool = ifnull(?, pool)
          AND NOT \(PoolPurged.sql("sealed_secret.tenant", "sealed_secret.pool"))
        ORDER BY name, pool LIMIT 10000
        """,
        [tenant.rawValue, context.rawValue, pool?.rawValue]
      ).map { row in
        SecretRecord(
          tenant: try row.name("tenant"), context: try row.name("context"),
          pool: try row.name("pool"), name: try row.value("name"),
          version: try row.unsigned("version"), keyID: try row.value("key_id"),
          setAt: try row.time("set_at"), setBy: try row.value("set_by"),
          isRemoved: try row.value("is_removed"))
      }
    }
  }

  package func removeSecret(
    _ name: String, in context: ContextName, pool: PoolName, of tenant: TenantName,
    audit: AuditEntry
  ) async throws {
    try await write { database in
      let removed = try database.change(
        """
        UPDATE sealed_secret SET sealed = NULL
        WHERE tenant = ? AND context = ? AND name = ? AND pool = ? AND sealed IS NOT NULL
        """,
        [tenant.rawValue, context.rawValue, name, pool.rawValue])
      guard removed == 1 else {
        throw StoreError(
          code: .notFound, message: "there is no such secret in context \(context)")
      }
      try database.append(audit)
    }
  }

  package func sealedSecrets(
    named names: [String], for pool: PoolName, contexts: [ContextName], of tenant: TenantName
  ) async throws -> [StoredSecret] {
    try await read { database in
      let contexts = try database.contexts(of: pool, named: contexts, of: tenant)
      var found: [StoredSecret] = []
      for name in names {
        for context in contexts {
          let row = try database.row(
            """
            SELECT version, sealed FROM sealed_secret
            WHERE tenant = ? AND context = ? AND name = ? AND pool = ? AND sealed IS NOT NULL
            """,
            [tenant.rawValue, context.rawValue, name, pool.rawValue])
          guard let row else { continue }
          found.append(
            StoredSecret(
              context: context, name: name, version: try row.unsigned("version"),
              sealed: try row.bytes("sealed")))
        }
      }
      return found
    }
  }
}

extension Database {
  fileprivate func requireRoomForSecret(of tenant: TenantName, _ maximum: Int) throws {
    let count = try number(
      "SELECT count(*) FROM sealed_secret WHERE tenant = ?", [tenant.rawValue])
    guard count < maximum else {
      throw StoreError(code: .overloaded, message: "a tenant has at most \(maximum) secrets")
    }
  }
}
