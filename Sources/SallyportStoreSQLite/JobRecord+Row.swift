import GRDB
import SallyportCore
import SallyportStore

extension JobRecord {
  /// From a row of `job_view`: a job joined with the log of its current attempt.
  init(row: Row) throws {
    self.init(
      id: try row.identifier("id"), tenant: try row.name("tenant"), pool: try row.name("pool"),
      state: try row.raw("state"), epoch: try row.unsigned("epoch"),
      vcsPool: nil, submittedBy: try row.value("submitted_by"),
      submittedAt: try row.time("submitted_at"))
    if row["vcs_pool"] as String? != nil { vcsPool = try row.name("vcs_pool") }
    if row["worker"] as String? != nil { worker = try row.identifier("worker") }
    startedAt = row.optionalTime("started_at")
    finishedAt = row.optionalTime("finished_at")
    exitCode = row["exit_code"]
    signal = row["signal"]
    reason = try row.value("opened_reason")
    commit = try row.value("opened_commit_id")
    cancelRequested = try row.value("cancel_requested")
    cancelReason = try row.value("opened_cancel_reason")
    cancelAcknowledged = try row.value("cancel_acknowledged")
    cancelRequestedAt = row.optionalTime("cancel_requested_at")
    cancelRequestedBy = try row.value("cancel_requested_by")
    cancelDeliveredAt = row.optionalTime("cancel_delivered_at")
    leaseExpiresAt = row.optionalTime("lease_expires_at")
    logLength = try row.unsigned("log_length")
    logState = try row.raw("log_state")
    logIncompleteReason = try row.value("opened_log_incomplete_reason")
    relayBytesToWorker = try row.unsigned("relay_bytes_to_worker")
    relayBytesToAgent = try row.unsigned("relay_bytes_to_agent")
    scheduling = try Scheduling(row: row)
    attemptsRun = try row.value("attempts_run")
    offersReturned = try row.value("offers_returned")
    notBefore = row.optionalTime("not_before")
  }
}

extension Database {
  func job(_ id: JobID, of tenant: TenantName) throws -> JobRecord? {
    try row(
      "SELECT * FROM job_view WHERE id = ? AND tenant = ?", [id.rawValue, tenant.rawValue]
    ).map { try JobRecord(row: $0) }
  }

  func watchedJob(
    _ id: JobID, of tenant: TenantName, by watcher: GatewayIdentity
  ) throws -> WatchedJob {
    let standing = try standing(of: watcher)
    return WatchedJob(
      standing: standing, job: standing == .active ? try job(id, of: tenant) : nil)
  }

  /// The job after a change that is known to have happened in this transaction.
  func changedJob(_ id: JobID, of tenant: TenantName) throws -> JobRecord {
    guard let job = try job(id, of: tenant) else {
      throw StoreError(code: .corrupted, message: "job \(id) has vanished")
    }
    return job
  }
}
