import GRDB
import SallyportCore
package import SallyportStore

extension SQLiteStore {
  package func openWorkerSession(
    _ session: SessionStart, inventory: WorkerInventory, audit: AuditEntry,
    ended: @escaping @Sendable (JobRecord) -> AuditEntry
  ) async throws -> Reconciliation {
    try await write { database in
      let opened = try database.record(session, audit: audit)
      let (live, stale, changes) = try database.reconcile(inventory)
      for job in changes.ended { try database.append(ended(job)) }
      return Reconciliation(
        session: try opened.unsigned("session_number"),
        drain: try DrainRequest(row: opened), live: live, stale: stale,
        changes: changes)
    }
  }

  package func sweep(
    at time: Timestamp, maximumEpoch: UInt64,
    ended: @escaping @Sendable (JobRecord) -> AuditEntry
  ) async throws -> JobChanges {
    // Looking first keeps an idle gateway from writing.
    let isDue = try await read { try $0.overdueJobs(at: time, limit: 1).isEmpty == false }
    guard isDue else { return JobChanges() }
    return try await write { database in
      let overdue = try database.overdueJobs(at: time, limit: 1_000)
      let lost = try database.dropAttempts(
        overdue.filter { $0.state == .running }, reason: "the lease expired",
        maximumEpoch: maximumEpoch, at: time)
      let returned = try database.dropAttempts(
        overdue.filter { $0.state == .offered }, reason: "no worker accepted the offer in time",
        maximumEpoch: maximumEpoch, at: time)
      let changes = JobChanges(ended: lost.ended + returned.ended, requeued: returned.requeued)
      for job in changes.ended { try database.append(ended(job)) }
      return changes
    }
  }
}

extension Database {
  fileprivate func overdueJobs(at time: Timestamp, limit: Int) throws -> [JobRecord] {
    let leases = try rows(
      "SELECT * FROM job_view WHERE state = 'running' AND lease_expires_at <= ? LIMIT ?",
      [time.milliseconds, limit])
    let offers = try rows(
      "SELECT * FROM job_view WHERE state = 'offered' AND accept_until <= ? LIMIT ?",
      [time.milliseconds, limit])
    return try (leases + offers).prefix(limit).map { try JobRecord(row: $0) }
  }

  fileprivate func reconcile(
    _ inventory: WorkerInventory
  ) throws -> (live: [JobRecord], stale: [AttemptID], changes: JobChanges) {
    let worker = inventory.worker
    var live: [JobRecord] = []
    var stale: [AttemptID] = []
    for attempt in inventory.running.union(inventory.finished).sorted() {
      if let job = try heldJob(attempt, by: worker) {
        live.append(try keep(job, inventory))
      } else if try !(inventory.finished.contains(attempt) && isRecorded(attempt, of: worker)) {
        stale.append(attempt)
      }
    }
    let known = Set(live.map(\.attempt))
    let held = try rows(
      // The plus keeps SQLite from walking all jobs of the tenant: a worker has few.
      "SELECT * FROM job_view WHERE worker = ? AND +tenant = ? AND state IN ('offered', 'running')",
      [worker.id.rawValue, worker.tenant.rawValue])
    let forgotten = try held.map { try JobRecord(row: $0) }.filter { !known.contains($0.attempt) }
    let changes = try dropAttempts(
      forgotten, reason: "the worker came back without it",
      maximumEpoch: inventory.maximumEpoch, at: inventory.time)
    return (live, stale, changes)
  }

  /// An offer that the worker runs was accepted in a message that got lost.
  private func keep(_ job: JobRecord, _ inventory: WorkerInventory) throws -> JobRecord {
    if job.state == .offered {
      return try accept(job, leaseUntil: inventory.leaseUntil, at: inventory.time)
    }
    try run(
      """
      UPDATE job SET lease_expires_at = max(lease_expires_at, ?)
      WHERE id = ? AND epoch = ? AND state = 'running'
      """,
      [inventory.leaseUntil.milliseconds, job.id.rawValue, Int64(storing: job.epoch)])
    return try changedJob(job.id, of: job.tenant)
  }

  /// Whether the end of this attempt is on record, so that its worker's report will be recognised.
  func isRecorded(
    _ attempt: AttemptID, of worker: WorkerReference, andHasEnded mustHaveEnded: Bool = false
  ) throws -> Bool {
    try number(
      """
      SELECT count(*) FROM job
      WHERE id = ? AND tenant = ? AND worker = ? AND epoch = ?
        AND (NOT ? OR finished_at IS NOT NULL)
      """,
      [
        attempt.job.rawValue, worker.tenant.rawValue, worker.id.rawValue,
        Int64(storing: attempt.epoch), mustHaveEnded,
      ]) == 1
  }
}

extension Set<AttemptID> {
  fileprivate func sorted() -> [AttemptID] {
    sorted { ($0.job, $0.epoch) < ($1.job, $1.epoch) }
  }
}
