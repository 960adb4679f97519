import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption

/// Ends a pool: its queued jobs, and where it is purged all that is of it, some rows in a transaction.
/// How far it has come is committed with them: after a crash it goes on where it was.
struct PoolWork: Sendable {
  static let role = "pool"
  private static let auditStep = 1
  private static let auditBatch = 500

  let tenant: TenantName
  let pool: PoolName
  let time: Timestamp

  private var key: StatementArguments { [tenant.rawValue, pool.rawValue] }

  /// From this commit on, nothing of the pool is taken; with `isPurge`, nor is it answered.
  ///
  /// - Returns: Whether anything has changed.
  func begin(isPurge: Bool, in database: Database) throws -> Bool {
    let created = try database.change(
      """
      INSERT OR IGNORE INTO pool_work
        (tenant, pool, is_purge, step, cursor, audit_until, jobs, audit_records, digest)
      VALUES (?, ?, 0, 0, 0, 0, 0, 0, x'')
      """, key)
    guard isPurge else { return created == 1 }
    try database.run(
      """
      UPDATE pool SET purge_began_at = ?, pause_reason = '', paused_at = NULL, maximum_running = 0
      WHERE tenant = ? AND name = ?
      """, [time.milliseconds] + key)
    try database.run(
      """
      UPDATE pool_work SET is_purge = 1,
        audit_until = (SELECT ifnull(max(sequence), 0) FROM audit WHERE tenant = :tenant)
      WHERE tenant = :tenant AND pool = :pool
      """, ["tenant": tenant.rawValue, "pool": pool.rawValue])
    return true
  }

  /// Does the next rows, in the caller's transaction.
  ///
  /// - Returns: Nil where there are none left; of a purge, ``end(in:)`` is what is left then.
  func advance(in database: Database) throws -> PoolWorkProgress? {
    let work = try database.row(
      "SELECT is_purge, step FROM pool_work WHERE tenant = ? AND pool = ?", key)
    guard let work else { return nil }
    let isPurge: Bool = try work.value("is_purge")
    let step: Int = try work.value("step")
    guard isPurge || step < Self.auditStep else {
      try database.run("DELETE FROM pool_work WHERE tenant = ? AND pool = ?", key)
      return nil
    }
    if step == Self.auditStep {
      var progress = progress("audit")
      if try takeWords(in: database, &progress) { try moveOn(in: database) }
      return progress
    }
    let number = step < Self.auditStep ? step : step - 1
    guard PurgeStep.poolSteps.indices.contains(number) else { return nil }
    let next = PurgeStep.poolSteps[number]
    let (changed, isDone) = try next.perform(
      for: ["tenant": tenant.rawValue, "pool": pool.rawValue], at: time, in: database)
    if next.name == "job", changed > 0 {
      try database.run(
        "UPDATE pool_work SET jobs = jobs + ? WHERE tenant = ? AND pool = ?", [changed] + key)
    }
    if isDone { try moveOn(in: database) }
    var progress = progress(next.name)
    if number == 0 { progress.jobsEnded = changed }
    return progress
  }

  /// The end of a purge, once the file has been written anew after its last row was removed.
  ///
  /// - Returns: Nil where it has ended before.
  func end(in database: Database) throws -> PurgeResult? {
    let work = try database.row(
      "SELECT jobs, audit_records, digest FROM pool_work WHERE tenant = ? AND pool = ?", key)
    guard let work else { return nil }
    let result = PurgeResult(
      jobs: try work.value("jobs"), auditRecords: try work.value("audit_records"),
      digest: RecordChain(digest: try work.bytes("digest")).description)
    try database.run("DELETE FROM pool_work WHERE tenant = ? AND pool = ?", key)
    try database.run(
      "UPDATE pool SET purged_at = ?, served = 0 WHERE tenant = ? AND name = ?",
      [time.milliseconds] + key)
    try database.append(
      AuditEntry(
        tenant: tenant, time: time, actor: "", action: "pool.purge", object: pool.rawValue,
        detail:
          "\(result.jobs) jobs removed, and the words of \(result.auditRecords) audit records, "
          + "SHA-256 of the records \(result.digest)"))
    return result
  }

  /// Purges whose rows are gone, so that only the file is to be written anew.
  static func purgesToEnd(in database: Database) throws -> [(tenant: TenantName, pool: PoolName)] {
    try database.rows(
      "SELECT tenant, pool FROM pool_work WHERE is_purge = 1 AND step > ? ORDER BY tenant, pool",
      [PurgeStep.poolSteps.count]
    ).map { (try $0.name("tenant"), try $0.name("pool")) }
  }

  /// What is done next.
  static func progress(row: Row) throws -> PoolWorkProgress {
    let step: Int = try row.value("step")
    let number = step < auditStep ? step : step - 1
    let table =
      step == auditStep
      ? "audit"
      : PurgeStep.poolSteps.indices.contains(number) ? PurgeStep.poolSteps[number].name : "file"
    return PoolWorkProgress(
      tenant: try row.name("tenant"), pool: try row.name("pool"), table: table)
  }

  private func progress(_ table: String) -> PoolWorkProgress {
    PoolWorkProgress(tenant: tenant, pool: pool, table: table)
  }

  private func moveOn(in database: Database) throws {
    try database.run("UPDATE pool_work SET step = step + 1 WHERE tenant = ? AND pool = ?", key)
  }

  /// Takes the words out of the audit records that are about the pool, and adds them to the digest. The
  /// records stay: that something was done, and when, is the tenant's to know.
  ///
  /// A record that does not open does not hold the purge up. Where only its words could say whether it
  /// is about the pool, it stays as it is, for nobody to read: it may be about another.
  ///
  /// - Returns: Whether these were the last.
  private func takeWords(
    in database: Database, _ progress: inout PoolWorkProgress
  ) throws -> Bool {
    let work = try database.row(
      "SELECT cursor, audit_until, digest FROM pool_work WHERE tenant = ? AND pool = ?", key)
    guard let work, try !database.isPurged(tenant) else { return true }
    let records = try database.rows(
      """
      SELECT sequence, time, actor, action, decision, object, detail,
        opened_if_whole(tenant, 'audit.object', object, sequence) AS opened_object,
        opened_if_whole(tenant, 'audit.detail', detail, sequence) AS opened_detail
      FROM audit WHERE tenant = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?
      """,
      [
        tenant.rawValue, try work.value("cursor") as Int64, try work.value("audit_until") as Int64,
        Self.auditBatch,
      ])
    guard let last = records.last else { return true }
    var chain = RecordChain(digest: try work.bytes("digest"))
    var count = 0
    var broken: (taken: [Int64], left: [Int64]) = ([], [])
    for record in records {
      let told = try PoolAuditRecord(row: record)
      guard try told.isAbout(pool, of: tenant, in: database) else {
        if !told.isWhole { broken.left.append(told.sequence) }
        continue
      }
      if !told.isWhole { broken.taken.append(told.sequence) }
      chain.add(told.fields)
      count += 1
      try database.run(
        """
        UPDATE audit SET detail = '',
          object = CASE WHEN :keeps_object THEN object ELSE '' END,
          actor = CASE WHEN :keeps_actor THEN actor ELSE '' END
        WHERE tenant = :tenant AND sequence = :sequence
        """,
        [
          "keeps_object": told.object == pool.rawValue,
          "keeps_actor": PoolPurged.pool(ofMember: told.actor) == nil,
          "tenant": tenant.rawValue, "sequence": told.sequence,
        ])
    }
    try database.run(
      """
      UPDATE pool_work SET cursor = ?, digest = ?, audit_records = audit_records + ?
      WHERE tenant = ? AND pool = ?
      """, [try last.value("sequence") as Int64, Blob(chain.digest), count] + key)
    try note(broken.taken, "are in the digest as they were stored", in: database)
    try note(broken.left, "stay as they are", in: database)
    progress.brokenAuditRecords = (broken.taken + broken.left).sorted()
    return records.count < Self.auditBatch
  }

  /// Names records that do not open in the tenant's own log, as far as a record has room.
  private func note(_ broken: [Int64], _ fate: String, in database: Database) throws {
    guard !broken.isEmpty else { return }
    let named = broken.prefix(20).map { "\($0)" } + (broken.count > 20 ? ["..."] : [])
    try database.append(
      AuditEntry(
        tenant: tenant, time: time, actor: "", action: "pool.purge", object: pool.rawValue,
        detail: "\(broken.count) audit records do not open, and \(fate): "
          + named.joined(separator: ", ")))
  }
}
