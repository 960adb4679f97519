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
        "SELECT * FROM audit WHERE tenant = ? AND sequence > ? ORDER BY sequence LIMIT ?",
        [tenant.rawValue, Int64(storing: sequence), limit]
      ).map { row in
        AuditRecord(
          sequence: try row.unsigned("sequence"),
          entry: AuditEntry(
            tenant: tenant, time: try row.time("time"), actor: try row.value("actor"),
            action: try row.value("action"), object: try row.value("object"),
            decision: try row.raw("decision"), detail: try row.value("detail")))
      }
    }
  }
}

extension Database {
  /// Appends to the tenant's audit log, or to the gateway's own under the empty name.
  func append(_ entry: AuditEntry) throws {
    let tenant = entry.tenant?.rawValue ?? ""
    try run(
      """
      INSERT INTO audit (tenant, sequence, time, actor, action, object, decision, detail)
      VALUES (?, (SELECT ifnull(max(sequence), 0) + 1 FROM audit WHERE tenant = ?), ?, ?, ?, ?, ?, ?)
      """,
      [
        tenant, tenant, entry.time.milliseconds, entry.actor.prefix(bytes: 1_024), entry.action,
        entry.object.prefix(bytes: 1_024), entry.decision.rawValue,
        entry.detail.prefix(bytes: 1_024),
      ])
  }
}
