import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: AuditStore {
  package func record(_ entry: AuditEntry) async throws {
    try await write { try $0.append(entry) }
  }

  package func auditRecords(
    of tenant: TenantName, after sequence: UInt64, limit: Int
  ) async throws -> [AuditRecord] {
    try await read { database in
      try database.rows(
        "SELECT * FROM audit_view WHERE tenant = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        [tenant.rawValue, Int64(storing: sequence), limit]
      ).map { row in
        AuditRecord(
          sequence: try row.unsigned("sequence"),
          entry: AuditEntry(
            tenant: tenant, time: try row.time("time"), actor: try row.value("actor"),
            action: try row.value("action"), object: try row.value("opened_object"),
            decision: try row.raw("decision"), detail: try row.value("opened_detail")))
      }
    }
  }
}

extension Database {
  /// Appends to the tenant's audit log, or to the gateway's own under the empty name.
  ///
  /// Of a tenant that there is not, nothing can be encrypted: that it happened is recorded, and to
  /// what not.
  /// What is done with the identities of a tenant that is purged goes into the gateway's own, without
  /// a word of what it was.
  func append(_ entry: AuditEntry) throws {
    var entry = entry
    if let tenant = entry.tenant, try isPurged(tenant) {
      entry = AuditEntry(
        tenant: nil, time: entry.time, actor: "", action: entry.action, object: "",
        decision: entry.decision, detail: TenantPurged.reason)
    }
    // A member that was shut out may call for as long as its certificate lasts.
    if let tenant = entry.tenant, let pool = PoolPurged.pool(ofMember: entry.actor),
      try isPurged(pool, of: tenant)
    {
      entry.actor = ""
      entry.object = pool
      entry.detail = PoolPurged.reason
    }
    try run(
      """
      INSERT INTO audit (tenant, sequence, time, actor, action, decision, object, detail)
      SELECT :tenant, next, :time, :actor, :action, :decision,
        CASE WHEN is_plain OR is_known THEN sealed(:tenant, 'audit.object', :object, next)
          ELSE '' END,
        CASE WHEN is_plain OR is_known THEN sealed(:tenant, 'audit.detail', :detail, next)
          ELSE '' END
      FROM (SELECT
        (SELECT ifnull(max(sequence), 0) + 1 FROM audit WHERE tenant = :tenant) AS next,
        sealing_overhead() = 0 OR :tenant = '' AS is_plain,
        EXISTS (SELECT 1 FROM tenant WHERE name = :tenant) AS is_known)
      """,
      [
        "tenant": entry.tenant?.rawValue ?? "", "time": entry.time.milliseconds,
        "actor": entry.actor.prefix(bytes: 1_024), "action": entry.action,
        "decision": entry.decision.rawValue, "object": entry.object.prefix(bytes: 1_024),
        "detail": entry.detail.prefix(bytes: 1_024),
      ])
  }
}
