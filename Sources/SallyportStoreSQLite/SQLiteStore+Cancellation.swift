import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore {
  package func cancelJob(
    _ id: JobID, of tenant: TenantName, by requester: String, reason: String, at time: Timestamp,
    audit: AuditEntry
  ) async throws -> CancelResult {
    try await write { database in
      guard let job = try database.job(id, of: tenant) else {
        throw StoreError(code: .notFound, message: "there is no job \(id)")
      }
      try database.append(audit)
      guard !job.state.isFinal, !job.cancelRequested else { return .unchanged(job) }
      try database.run(
        """
        UPDATE job SET cancel_requested = 1, cancel_requested_by = ?, cancel_requested_at = ?,
          cancel_reason = sealed(tenant, 'job.cancel_reason', ?, id)
        WHERE id = ? AND tenant = ?
        """,
        [requester, time.milliseconds, reason, id.rawValue, tenant.rawValue])
      guard job.state != .running else {
        return .requested(try database.changedJob(id, of: tenant))
      }
      try database.noteReason(reason, of: job.attempt)
      let ended = try database.end(job, as: .cancelled, reason: reason, at: time)
      return job.state == .queued ? .cancelled(ended) : .withdrawn(ended)
    }
  }

  package func acknowledgeCancel(
    _ attempt: AttemptID, by worker: WorkerReference, at time: Timestamp
  ) async throws -> JobRecord? {
    try await write { database in
      guard try !database.isPurged(worker.tenant),
        try !database.isPurged(worker.pool.rawValue, of: worker.tenant)
      else { return nil }
      let changed = try database.change(
        """
        UPDATE job SET cancel_acknowledged = 1,
          cancel_delivered_at = ifnull(cancel_delivered_at, ?)
        WHERE id = ? AND tenant = ? AND worker = ? AND epoch = ? AND cancel_requested = 1
        """,
        [
          time.milliseconds, attempt.job.rawValue, worker.tenant.rawValue, worker.id.rawValue,
          Int64(storing: attempt.epoch),
        ])
      return changed == 1 ? try database.changedJob(attempt.job, of: worker.tenant) : nil
    }
  }

  package func unacknowledgedCancels(of worker: WorkerReference) async throws -> [JobRecord] {
    try await read { database in
      try database.rows(
        """
        SELECT \(JobColumn.list) FROM job_view WHERE worker = ? AND state = 'running' AND +tenant = ?
          AND cancel_requested = 1 AND cancel_acknowledged = 0
        """,
        [worker.id.rawValue, worker.tenant.rawValue]
      ).map { try JobRecord(row: $0) }
    }
  }
}

extension AttemptResult {
  /// What is recorded of it. A job that was to be cancelled, and is known not to run any more because
  /// its worker lost it, is cancelled; where its command had ended by itself, that is what happened.
  func settled(for job: JobRecord) -> AttemptResult {
    guard job.cancelRequested, state == .lost else { return self }
    var result = self
    result.state = .cancelled
    result.reason = job.cancelledReason(lostBecause: reason)
    return result
  }
}

extension JobRecord {
  func cancelledReason(lostBecause reason: String) -> String {
    "cancelled; its worker was lost" + (reason.isEmpty ? "" : ": \(reason)")
  }
}
