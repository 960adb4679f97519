import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: AttemptStore {
  package func acceptOffer(
    _ attempt: AttemptID, by worker: WorkerReference, leaseUntil: Timestamp, at time: Timestamp
  ) async throws -> JobRecord? {
    try await write { database in
      guard let job = try database.heldJob(attempt, by: worker) else { return nil }
      guard job.state == .offered else { return job }
      return try database.accept(job, leaseUntil: leaseUntil, at: time)
    }
  }

  package func returnOffer(
    _ attempt: AttemptID, by worker: WorkerReference, reason: String, maximumOffers: UInt64,
    at time: Timestamp, audit: AuditEntry
  ) async throws -> JobRecord? {
    try await write { database in
      guard let job = try database.heldJob(attempt, by: worker), job.state == .offered else {
        return nil
      }
      let changes = try database.dropAttempts(
        [job], reason: reason, maximumOffers: maximumOffers, at: time)
      try database.append(audit)
      return changes.ended.first ?? changes.requeued.first?.job
    }
  }

  package func renewLeases(
    _ attempts: [AttemptID], by worker: WorkerReference, until: Timestamp
  ) async throws -> [JobRecord] {
    try await write { database in
      guard try !database.isPurged(worker.tenant) else { return [] }
      return try attempts.compactMap { attempt in
        let changed = try database.change(
          """
          UPDATE job SET lease_expires_at = max(lease_expires_at, ?)
          WHERE id = ? AND tenant = ? AND worker = ? AND epoch = ? AND state = 'running'
          """,
          [
            until.milliseconds, attempt.job.rawValue, worker.tenant.rawValue, worker.id.rawValue,
            Int64(storing: attempt.epoch),
          ])
        return changed == 1 ? try database.changedJob(attempt.job, of: worker.tenant) : nil
      }
    }
  }

  package func leasedJob(
    _ attempt: AttemptID, by worker: WorkerReference, at time: Timestamp
  ) async throws -> JobRecord? {
    try await read { database in
      guard let job = try database.heldJob(attempt, by: worker) else { return nil }
      // A worker that uses an offer has accepted it; its Accept may be a moment behind.
      if job.state == .offered { return job }
      guard let expiry = job.leaseExpiresAt, time < expiry else { return nil }
      return job
    }
  }

  package func hasEnded(
    _ attempt: AttemptID, by worker: WorkerReference
  ) async throws -> Bool {
    try await read { try $0.outcome(of: attempt, by: worker) != nil }
  }
}

extension Database {
  /// The job, where this worker holds exactly this attempt of it and it has not ended.
  func heldJob(_ attempt: AttemptID, by worker: WorkerReference) throws -> JobRecord? {
    try row(
      """
      SELECT \(JobColumn.list) FROM job_view
      WHERE id = ? AND tenant = ? AND worker = ? AND epoch = ? AND state IN ('offered', 'running')
      """,
      [
        attempt.job.rawValue, worker.tenant.rawValue, worker.id.rawValue,
        Int64(storing: attempt.epoch),
      ]
    ).map { try JobRecord(row: $0) }
  }

  func accept(_ job: JobRecord, leaseUntil: Timestamp, at time: Timestamp) throws -> JobRecord {
    try run(
      """
      UPDATE job SET state = 'running', accept_until = NULL, lease_expires_at = ?, started_at = ?,
        reason = '', queue_until = NULL, attempts_run = attempts_run + 1, offers_returned = 0
      WHERE id = ? AND tenant = ? AND epoch = ? AND state = 'offered'
      """,
      [
        leaseUntil.milliseconds, time.milliseconds, job.id.rawValue, job.tenant.rawValue,
        Int64(storing: job.epoch),
      ])
    try noteStart(of: job.attempt, at: time)
    return try changedJob(job.id, of: job.tenant)
  }
}
