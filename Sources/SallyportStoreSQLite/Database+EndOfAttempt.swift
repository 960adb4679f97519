import GRDB
import SallyportCore
import SallyportStore

/// The ways in which an attempt ends, all of which go through the job's retry policy.
extension Database {
  /// Ends attempts without their worker: what ran is lost, offers go back to the queue, or fail
  /// where they have come back too often.
  ///
  /// - Parameter isGone: Whether what ran is known not to run any more; only then is a job that was
  ///   to be cancelled cancelled, and another attempt made before the lease of this one is over.
  func dropAttempts(
    _ jobs: [JobRecord], reason: String, maximumOffers: UInt64, at time: Timestamp,
    isGone: Bool = true
  ) throws -> JobChanges {
    var changes = JobChanges()
    for job in jobs {
      try noteReason(reason, of: job.attempt)
      if job.state == .running, job.cancelRequested, isGone {
        let reason = job.cancelledReason(lostBecause: reason)
        changes.ended.append(try end(job, as: .cancelled, reason: reason, at: time))
      } else if job.state == .running {
        // What may still run does so until its lease is over, by its worker's own clock.
        let earliest = isGone ? nil : job.leaseExpiresAt
        if let requeued = try retry(
          job, after: .lost, reason: reason, at: time, notBefore: earliest)
        {
          changes.requeued.append(requeued)
        } else {
          let reason = job.scheduling.retry.reason(
            reason, of: .lost, attemptsRun: job.attemptsRun)
          changes.ended.append(try end(job, as: .lost, reason: reason, at: time))
        }
      } else if UInt64(job.offersReturned) + 1 >= maximumOffers {
        let reason = "offered \(job.offersReturned + 1) times, never accepted: \(reason)"
        changes.ended.append(try end(job, as: .failed, reason: reason, at: time))
      } else {
        changes.requeued.append(try takeBack(job, at: time))
      }
    }
    return changes
  }

  /// Puts a job whose attempt has ended back into its place in the queue, where its policy has
  /// another attempt and nobody has cancelled it.
  ///
  /// - Parameter earliest: When the next attempt may be made at the earliest, whatever the policy.
  /// - Returns: Nil where this was the last attempt; nothing has changed.
  func retry(
    _ job: JobRecord, after outcome: JobState, reason: String, at time: Timestamp,
    logState: LogState = .incomplete, notBefore earliest: Timestamp? = nil
  ) throws -> ReturnedOffer? {
    let policy = job.scheduling.retry
    // An offer that its worker reports the end of had begun.
    let attemptsRun = job.attemptsRun + (job.state == .offered ? 1 : 0)
    guard !job.cancelRequested, policy.isRetried(outcome, attemptsRun: attemptsRun) else {
      return nil
    }
    let delay = policy.delay(afterAttempts: attemptsRun, jitter: .random(in: 0..<1))
    let ended = "attempt \(attemptsRun) of \(policy.maximumAttempts) \(outcome.verb)"
    try requeue(
      job,
      setting: """
        not_before = ?, reason = sealed(tenant, 'job.reason', ?, id), attempts_run = ?,
        offers_returned = 0, queue_until = NULL, started_at = NULL, exit_code = NULL, signal = NULL, commit_id = ''
        """,
      [
        max(time + delay, earliest ?? time).milliseconds,
        reason.isEmpty ? ended : "\(ended): \(reason)", attemptsRun,
      ])
    try closeAttempt(job.attempt, outcome: outcome.rawValue, logState: logState, at: time)
    return ReturnedOffer(
      job: try changedJob(job.id, of: job.tenant), worker: job.worker, attempt: job.attempt,
      hadBegun: true)
  }

  private func takeBack(_ job: JobRecord, at time: Timestamp) throws -> ReturnedOffer {
    try requeue(job, setting: "offers_returned = offers_returned + 1", [])
    try closeAttempt(job.attempt, outcome: "returned", logState: .incomplete, at: time)
    return ReturnedOffer(
      job: try changedJob(job.id, of: job.tenant), worker: job.worker, attempt: job.attempt,
      hadBegun: false)
  }

  /// The epoch stays: the next claim has the next one. So does the place in the queue.
  private func requeue(
    _ job: JobRecord, setting columns: String, _ arguments: StatementArguments
  ) throws {
    let changed = try change(
      """
      UPDATE job SET state = 'queued', worker = NULL, accept_until = NULL,
        lease_expires_at = NULL, cancel_acknowledged = 0, \(columns)
      WHERE id = ? AND tenant = ? AND state = ? AND epoch = ?
      """,
      arguments + [
        job.id.rawValue, job.tenant.rawValue, job.state.rawValue, Int64(storing: job.epoch),
      ])
    guard changed == 1 else {
      throw StoreError(code: .corrupted, message: "job \(job.id) changed within a transaction")
    }
  }

  /// Moves a job to a final state and closes its attempt, fenced by the state and epoch it had.
  func end(
    _ job: JobRecord, as state: JobState, reason: String, at time: Timestamp
  ) throws -> JobRecord {
    let changed = try change(
      """
      UPDATE job SET state = ?, reason = sealed(tenant, 'job.reason', ?, id), finished_at = ?,
        accept_until = NULL, lease_expires_at = NULL, not_before = NULL
      WHERE id = ? AND tenant = ? AND state = ? AND epoch = ?
      """,
      [
        state.rawValue, reason, time.milliseconds, job.id.rawValue, job.tenant.rawValue,
        job.state.rawValue, Int64(storing: job.epoch),
      ])
    guard changed == 1 else {
      throw StoreError(code: .corrupted, message: "job \(job.id) changed within a transaction")
    }
    try closeAttempt(job.attempt, outcome: state.rawValue, logState: .incomplete, at: time)
    return try changedJob(job.id, of: job.tenant)
  }

  /// How an attempt of this worker ended, whatever has become of its job since; nil where it has
  /// not ended, was never accepted, or is not this worker's.
  func outcome(of attempt: AttemptID, by worker: WorkerReference) throws -> JobState? {
    try row(
      """
      SELECT attempt.outcome FROM attempt JOIN job ON job.id = attempt.job
      WHERE attempt.job = ? AND attempt.epoch = ? AND attempt.worker = ? AND job.tenant = ?
        AND attempt.outcome <> 'returned' AND NOT EXISTS (
          SELECT 1 FROM tenant WHERE name = job.tenant AND purge_began_at IS NOT NULL)
        AND NOT \(PoolPurged.sql("job.tenant", "job.pool"))
      """,
      [
        attempt.job.rawValue, Int64(storing: attempt.epoch), worker.id.rawValue,
        worker.tenant.rawValue,
      ]
    ).map { try $0.raw("outcome") }
  }
}

extension JobState {
  fileprivate var verb: String {
    switch self {
    case .lost: "was lost"
    case .timedOut: "ran into its timeout"
    case .queued, .offered, .running, .succeeded, .failed, .cancelled: rawValue
    }
  }
}
