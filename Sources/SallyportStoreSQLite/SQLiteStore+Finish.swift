import GRDB
import SallyportCore
package import SallyportStore

extension SQLiteStore {
  package func finishAttempt(
    _ result: AttemptResult, by worker: WorkerReference, audit: AuditEntry
  ) async throws -> FinishResult {
    try await write { database in
      #if FAULT_POINTS
        if FaultPoint.finishWithoutEpochCheck.isPlanted,
          let job = try database.finishUnfenced(result, of: worker.tenant)
        {
          try database.append(audit)
          return .recorded(job, outcome: result.state)
        }
      #endif
      if let job = try database.heldJob(result.attempt, by: worker) {
        let result = result.settled(for: job)
        try database.noteReport(result)
        let ended = try database.finish(job, result)
        try database.append(audit)
        return .recorded(ended, outcome: result.state)
      }
      guard let outcome = try database.outcome(of: result.attempt, by: worker) else {
        return .stale
      }
      return .repeated(outcome: outcome)
    }
  }
}

extension Database {
  fileprivate func finish(_ job: JobRecord, _ result: AttemptResult) throws -> JobRecord {
    // Bytes that came after the check make the log longer than what was hashed.
    let isComplete = result.completeLogLength == job.logLength
    let logState = isComplete ? LogState.complete : .incomplete
    if !result.isDenied,
      let requeued = try retry(
        job, after: result.state, reason: result.reason, at: result.time, logState: logState)
    {
      return requeued.job
    }
    let attemptsRun = job.attemptsRun + (job.state == .offered ? 1 : 0)
    let reason = job.scheduling.retry.reason(
      result.reason, of: result.state, attemptsRun: attemptsRun)
    try run(
      """
      UPDATE job SET state = ?, reason = sealed(tenant, 'job.reason', ?, id), finished_at = ?,
        exit_code = ?, signal = ?, commit_id = sealed(tenant, 'job.commit_id', ?, id),
        accept_until = NULL, lease_expires_at = NULL, attempts_run = ?,
        started_at = ifnull(started_at, ?)
      WHERE id = ? AND tenant = ? AND epoch = ? AND state IN ('offered', 'running')
      """,
      [
        result.state.rawValue, reason, result.time.milliseconds, result.exitCode,
        result.signal, result.commit, attemptsRun, result.time.milliseconds, job.id.rawValue,
        job.tenant.rawValue, Int64(storing: job.epoch),
      ])
    try closeAttempt(
      result.attempt, outcome: result.state.rawValue, logState: logState, at: result.time)
    return try changedJob(job.id, of: job.tenant)
  }
}

#if FAULT_POINTS
  extension Database {
    /// The planted bug: whoever reports an end, of whichever attempt, decides how the job ended.
    fileprivate func finishUnfenced(
      _ result: AttemptResult, of tenant: TenantName
    ) throws -> JobRecord? {
      guard let job = try job(result.attempt.job, of: tenant) else { return nil }
      try run(
        """
        UPDATE job SET state = ?, reason = sealed(tenant, 'job.reason', ?, id), finished_at = ?,
          exit_code = ?, signal = ?, accept_until = NULL, lease_expires_at = NULL, started_at = ifnull(started_at, ?)
        WHERE id = ?
        """,
        [
          result.state.rawValue, result.reason, result.time.milliseconds, result.exitCode,
          result.signal, result.time.milliseconds, job.id.rawValue,
        ])
      let isComplete = result.completeLogLength == job.logLength
      try closeAttempt(
        result.attempt, outcome: result.state.rawValue,
        logState: isComplete ? .complete : .incomplete, at: result.time)
      return try changedJob(job.id, of: tenant)
    }
  }
#endif
