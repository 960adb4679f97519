import GRDB
package import SallyportCore
import SallyportStore
import SallyportStoreEncryption

/// How far a purge has come.
package struct PurgeProgress: Hashable, Sendable {
  package let tenant: TenantName
  package let table: String
}

/// What a purge has removed.
package struct PurgeResult: Hashable, Sendable {
  package let jobs: Int
  package let auditRecords: Int
  /// Hexadecimal, over the audit records, the last first; empty where there were none.
  package let digest: String
}

/// Removes a tenant's rows, some in a transaction. How far it has come is committed with them: after
/// a crash it goes on where it was.
struct TenantPurge: Sendable {
  static let tenantRole = "tenant"
  private static let auditBatch = 500

  let tenant: TenantName
  let time: Timestamp

  /// From this commit on, nothing of the tenant is answered, changed or added.
  ///
  /// - Returns: False where the tenant is purged already, or being purged.
  /// - Throws: ``StoreError/Code/notFound``.
  func begin(in database: Database) throws -> Bool {
    let known = try database.number(
      "SELECT count(*) FROM tenant WHERE name = ?", [tenant.rawValue])
    guard known == 1 else {
      throw StoreError(code: .notFound, message: "there is no tenant \(tenant)")
    }
    guard try !database.isPurged(tenant) else { return false }
    try database.noteRevocation(of: tenant, role: Self.tenantRole, name: tenant.rawValue)
    try database.run(
      """
      INSERT INTO purge_work (tenant, step, jobs, audit_records, digest) VALUES (?, 0, 0, 0, x'')
      """,
      [tenant.rawValue])
    try database.run(
      """
      UPDATE tenant SET external_id = '', maximum_running = NULL, purge_began_at = ? WHERE name = ?
      """,
      [time.milliseconds, tenant.rawValue])
    try database.append(entry("begun"))
    return true
  }

  /// Removes the next rows, in the caller's transaction.
  ///
  /// - Returns: Nil where all rows are gone.
  func advance(in database: Database) throws -> PurgeProgress? {
    let work = try database.row(
      "SELECT step FROM purge_work WHERE tenant = ?", [tenant.rawValue])
    guard let work else { return nil }
    let step: Int = try work.value("step")
    guard PurgeStep.all.indices.contains(step) else {
      let removed = try removeAuditRecords(in: database)
      return removed > 0 ? PurgeProgress(tenant: tenant, table: "audit") : nil
    }
    let next = PurgeStep.all[step]
    let (changed, isDone) = try next.perform(
      for: ["tenant": tenant.rawValue], at: time, in: database)
    if next.name == "job", changed > 0 {
      try database.run(
        "UPDATE purge_work SET jobs = jobs + ? WHERE tenant = ?", [changed, tenant.rawValue])
    }
    if isDone {
      try database.run(
        "UPDATE purge_work SET step = step + 1 WHERE tenant = ?", [tenant.rawValue])
    }
    return PurgeProgress(tenant: tenant, table: next.name)
  }

  /// - Returns: Nil where it has ended before.
  func end(in database: Database) throws -> PurgeResult? {
    let work = try database.row(
      "SELECT jobs, audit_records, digest FROM purge_work WHERE tenant = ?", [tenant.rawValue])
    guard let work else { return nil }
    let result = PurgeResult(
      jobs: try work.value("jobs"), auditRecords: try work.value("audit_records"),
      digest: RecordChain(digest: try work.bytes("digest")).description)
    try database.run("DELETE FROM purge_work WHERE tenant = ?", [tenant.rawValue])
    try database.run(
      "UPDATE tenant SET purged_at = ?, running = 0, served = 0 WHERE name = ?",
      [time.milliseconds, tenant.rawValue])
    try database.append(
      entry(
        "\(result.jobs) jobs and \(result.auditRecords) audit records removed, SHA-256 of the "
          + "records \(result.digest)"))
    return result
  }

  /// In the gateway's own log: the tenant has none any more.
  private func entry(_ detail: String) -> AuditEntry {
    AuditEntry(
      tenant: nil, time: time, actor: "", action: "tenant.purge", object: tenant.rawValue,
      detail: detail)
  }

  /// The last first: those that are left have no gaps.
  private func removeAuditRecords(in database: Database) throws -> Int {
    let records = try database.rows(
      """
      SELECT sequence, time, actor, action, decision, object, detail FROM audit
      WHERE tenant = ? ORDER BY sequence DESC LIMIT ?
      """,
      [tenant.rawValue, Self.auditBatch])
    guard let last = records.last else { return 0 }
    let work = try database.row(
      "SELECT digest FROM purge_work WHERE tenant = ?", [tenant.rawValue])
    var chain = RecordChain(digest: try work?.bytes("digest") ?? [])
    for record in records {
      let numbers: [Int64] = [try record.value("sequence"), try record.value("time")]
      let texts = try ["actor", "action", "decision", "object", "detail"].map { column -> String in
        try record.value(column)
      }
      chain.add(numbers.map { Array("\($0)".utf8) } + texts.map { Array($0.utf8) })
    }
    let sequence: Int64 = try last.value("sequence")
    try database.run(
      "DELETE FROM audit WHERE tenant = ? AND sequence >= ?", [tenant.rawValue, sequence])
    try database.run(
      "UPDATE purge_work SET digest = ?, audit_records = audit_records + ? WHERE tenant = ?",
      [Blob(chain.digest), records.count, tenant.rawValue])
    return records.count
  }
}
