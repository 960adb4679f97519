import GRDB
import SallyportStore

/// One kind of row that a purge removes, or ends, some rows in a transaction.
struct PurgeStep: Sendable {
  /// Shown with the progress: a table.
  let name: String
  /// Run one after the other; each takes whose rows they are, and what a few rows of the first table
  /// are.
  let statements: [String]
  /// Rows of the step's table in one transaction: few where much hangs on each.
  var batch = 500
  /// Run again until it changes fewer rows than this, before the statements are.
  var first: (statement: String, batch: Int)?

  /// Rows that the tenant's name is on, or other conditions that say whose they are.
  init(_ table: String, key: String, of scope: String = "tenant = :tenant", batch: Int = 500) {
    name = table
    statements = [
      """
      DELETE FROM \(table) WHERE \(scope) AND (\(key)) IN (
        SELECT \(key) FROM \(table) WHERE \(scope) LIMIT :batch)
      """
    ]
    self.batch = batch
  }

  /// Rows with others that belong to them; the last statement removes the rows themselves, so that all
  /// before it look at the same ones.
  init(_ table: String, batch: Int, statements: [String]) {
    name = table
    self.statements = statements
    self.batch = batch
  }

  /// Removes, or ends, the next rows.
  ///
  /// - Parameter owner: Whose: `tenant`, and of a pool's, `pool`.
  /// - Returns: How many rows of the step's table were, and whether there are no more.
  func perform(
    for owner: [String: String], at time: Timestamp, in database: Database
  ) throws -> (changed: Int, isDone: Bool) {
    var arguments: [String: any DatabaseValueConvertible] = [
      "batch": batch, "time": time.milliseconds,
    ]
    for (name, value) in owner { arguments[name] = value }
    if let first {
      arguments["chunks"] = first.batch
      let removed = try database.change(first.statement, StatementArguments(arguments))
      guard removed < first.batch else { return (0, false) }
    }
    var changed = 0
    for statement in statements {
      changed = try database.change(statement, StatementArguments(arguments))
    }
    return (changed, changed < batch)
  }

  /// In the order in which they can be done: what refers to a row goes before it.
  static let all: [PurgeStep] = {
    let selectors = "SELECT id FROM selector WHERE tenant = :tenant ORDER BY lookup LIMIT :batch"
    let enrollees = "SELECT id FROM enrollee WHERE tenant = :tenant ORDER BY id LIMIT :batch"
    return [
      Self.ending, .jobs(of: "tenant = :tenant ORDER BY sequence"),
      PurgeStep("idempotency_key", key: "key"),
      PurgeStep("queue_lane", key: "pool, selector"),
      PurgeStep(
        "selector", batch: 200,
        statements: [
          "DELETE FROM selector_label WHERE selector IN (\(selectors))",
          "DELETE FROM selector WHERE id IN (\(selectors))",
        ]),
      PurgeStep("sealed_secret", key: "context, name, pool"),
      PurgeStep("variable", key: "context, name"),
      PurgeStep("context_pool", key: "number"),
      PurgeStep("context", key: "name"),
      PurgeStep("pool_key", key: "number"),
      PurgeStep(
        "enrollee", batch: 200,
        statements: [
          "DELETE FROM worker_label WHERE worker IN (\(enrollees))",
          "DELETE FROM enrollee WHERE id IN (\(enrollees))",
        ]),
      PurgeStep("token", key: "id"),
      PurgeStep("certificate", key: "fingerprint"),
      PurgeStep("operator", key: "name"),
      PurgeStep("pool_work", key: "pool"),
      PurgeStep("pool", key: "name"),
      PurgeStep("encryption_work", key: "tenant"),
      PurgeStep(
        "revocation", batch: 500,
        statements: [
          // That of the tenant stays, for gateways that have not heard of it.
          """
          DELETE FROM revocation WHERE sequence IN (
            SELECT sequence FROM revocation WHERE tenant = :tenant AND role <> 'tenant' LIMIT :batch)
          """
        ]),
    ]
  }()

  /// Jobs that are over, with all that belongs to them.
  ///
  /// - Parameter scope: Whose, and in which order: that of an index.
  static func jobs(of scope: String) -> PurgeStep {
    let jobs = "SELECT sequence FROM job WHERE \(scope) LIMIT :batch"
    let jobIDs = "SELECT id FROM job WHERE \(scope) LIMIT :batch"
    var job = PurgeStep(
      "job", batch: 200,
      statements: [
        "DELETE FROM attempt WHERE job IN (\(jobIDs))",
        "DELETE FROM idempotency_key WHERE job IN (\(jobIDs))",
        "DELETE FROM job_spec WHERE job IN (\(jobs))",
        "DELETE FROM job WHERE sequence IN (\(jobs))",
      ])
    job.first = (
      """
      DELETE FROM log_chunk WHERE rowid IN (
        SELECT log_chunk.rowid FROM (\(jobIDs)) AS gone
          CROSS JOIN attempt ON attempt.job = gone.id
          CROSS JOIN log_chunk ON log_chunk.attempt = attempt.number
        LIMIT :chunks)
      """, 100
    )
    return job
  }

  /// Jobs that wait or run end first, so that they take no slots. What an attempt's log lacks would be
  /// encrypted: its rows say that it is complete for as long as they are there.
  private static let ending = PurgeStep(
    "job at work", batch: 200,
    statements: [
      """
      UPDATE attempt SET outcome = 'cancelled', ended_at = :time, log_state = 'complete',
        log_incomplete_reason = ''
      WHERE outcome IS NULL AND job IN (\(atWork("id")))
      """,
      """
      UPDATE job SET state = 'cancelled', finished_at = :time, accept_until = NULL,
        lease_expires_at = NULL, not_before = NULL
      WHERE sequence IN (\(atWork("sequence")))
      """,
    ])

  private static func atWork(_ column: String) -> String {
    """
    SELECT \(column) FROM job INDEXED BY job_by_state
    WHERE tenant = :tenant AND state IN ('queued', 'offered', 'running') LIMIT :batch
    """
  }
}
