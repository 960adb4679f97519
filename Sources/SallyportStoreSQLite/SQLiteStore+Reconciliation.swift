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
      for job in changes.endedAttempts { try database.append(ended(job)) }
      return Reconciliation(
        session: try opened.unsigned("session_number"), live: live, stale: stale, changes: changes)
    }
  }
}

extension Database {
  fileprivate func reconcile(
    _ inventory: WorkerInventory
  ) throws -> (live: [JobRecord], stale: [AttemptID], changes: JobChanges) {
    let worker = inventory.worker
    var live: [JobRecord] = []
    var stale: [AttemptID] = []
    for attempt in inventory.running.union(inventory.finished).sorted() {
      if let job = try heldJob(attempt, by: worker) {
        live.append(try keep(job, inventory))
      } else if try
        !(inventory.finished.contains(attempt) && outcome(of: attempt, by: worker) != nil)
      {
        stale.append(attempt)
      }
    }
    let known = Set(live.map(\.attempt))
    let held = try rows(
      // The plus keeps SQLite from walking all jobs of the tenant: a worker has few.
      "SELECT \(JobColumn.list) FROM job_view WHERE worker = ? AND +tenant = ? AND state IN ('offered', 'running')",
      [worker.id.rawValue, worker.tenant.rawValue])
    let forgotten = try held.map { try JobRecord(row: $0) }.filter { !known.contains($0.attempt) }
    let changes = try dropAttempts(
      forgotten, reason: "the worker came back without it",
      maximumOffers: inventory.maximumOffers, at: inventory.time)
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
}

extension Set<AttemptID> {
  fileprivate func sorted() -> [AttemptID] {
    sorted { ($0.job, $0.epoch) < ($1.job, $1.epoch) }
  }
}
