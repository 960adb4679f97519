import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore {
  package func attempts(
    of job: JobID, of tenant: TenantName, limit: Int
  ) async throws -> [AttemptRecord] {
    try await readAcknowledged { database in
      try database.rows(
        """
        SELECT * FROM attempt_view WHERE job = ? AND tenant = ? ORDER BY epoch DESC LIMIT ?
        """,
        [job.rawValue, tenant.rawValue, limit]
      ).map { try AttemptRecord(row: $0) }.reversed()
    }
  }
}

extension Database {
  /// Notes why an attempt is about to end, before its end itself is recorded in the same
  /// transaction. The first note counts.
  func noteReason(_ reason: String, of attempt: AttemptID) throws {
    try run(
      """
      UPDATE attempt SET reason = sealed(
        (SELECT tenant FROM job WHERE job.id = attempt.job), 'attempt.reason', ?, job, epoch)
      WHERE job = ? AND epoch = ? AND outcome IS NULL AND reason = ''
      """,
      [reason, attempt.job.rawValue, Int64(storing: attempt.epoch)])
  }

  /// Notes what a worker reports of an attempt that it holds.
  func noteReport(_ result: AttemptResult) throws {
    try run(
      """
      UPDATE attempt SET exit_code = ?, signal = ?, started_at = ifnull(started_at, ?),
        (reason, log_incomplete_reason) = (
          SELECT sealed(tenant, 'attempt.reason', ?, attempt.job, attempt.epoch),
            sealed(tenant, 'attempt.log_incomplete_reason', ?, attempt.job, attempt.epoch)
          FROM job WHERE job.id = attempt.job)
      WHERE job = ? AND epoch = ? AND outcome IS NULL
      """,
      [
        result.exitCode, result.signal, result.time.milliseconds, result.reason,
        result.logIncompleteReason, result.attempt.job.rawValue,
        Int64(storing: result.attempt.epoch),
      ])
  }

  func noteStart(of attempt: AttemptID, at time: Timestamp) throws {
    try run(
      "UPDATE attempt SET started_at = ? WHERE job = ? AND epoch = ? AND started_at IS NULL",
      [time.milliseconds, attempt.job.rawValue, Int64(storing: attempt.epoch)])
  }

  /// Records an attempt's end. An incomplete log always has a reason: the one that was noted
  /// before, or what the outcome says.
  func closeAttempt(
    _ attempt: AttemptID, outcome: String, logState: LogState, at time: Timestamp
  ) throws {
    #if FAULT_POINTS
      let logState = FaultPoint.everyLogComplete.isPlanted ? .complete : logState
    #endif
    try run(
      """
      UPDATE attempt SET outcome = :outcome, ended_at = :time, log_state = :log_state,
        log_incomplete_reason = CASE
          WHEN :log_state <> 'incomplete' THEN ''
          WHEN log_incomplete_reason <> '' THEN log_incomplete_reason
          ELSE sealed(
            (SELECT tenant FROM job WHERE job.id = attempt.job), 'attempt.log_incomplete_reason',
            CASE
              WHEN :outcome = 'returned' THEN 'the offer was returned'
              WHEN started_at IS NULL THEN 'the offer was withdrawn'
              ELSE 'the worker was lost' END,
            job, epoch) END
      WHERE job = :job AND epoch = :epoch AND outcome IS NULL
      """,
      [
        "outcome": outcome, "time": time.milliseconds, "log_state": logState.rawValue,
        "job": attempt.job.rawValue, "epoch": Int64(storing: attempt.epoch),
      ])
  }
}

extension AttemptRecord {
  init(row: Row) throws {
    self.init(
      epoch: try row.unsigned("epoch"), worker: try row.identifier("worker"),
      offeredAt: try row.time("offered_at"))
    startedAt = try row.optionalTime("started_at")
    endedAt = try row.optionalTime("ended_at")
    outcome = row["outcome"] ?? ""
    exitCode = row["exit_code"]
    signal = row["signal"]
    reason = try row.value("opened_reason")
    logState = try row.raw("log_state")
    logLength = try row.unsigned("log_length")
    logIncompleteReason = try row.value("opened_log_incomplete_reason")
  }
}
