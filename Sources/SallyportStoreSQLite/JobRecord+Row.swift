import GRDB
import SallyportCore
import SallyportStore

extension JobRecord {
  /// From a row of `job_view`, a job joined with the log of its current attempt: the columns of
  /// ``JobColumn/list``.
  init(row: Row) throws {
    typealias Column = JobColumn
    self.init(
      id: try row.identifier(Column.id), tenant: try row.name(Column.tenant),
      pool: try row.name(Column.pool), state: try row.raw(Column.state),
      epoch: try row.unsigned(Column.epoch), vcsPool: nil,
      submittedBy: try row.value(Column.submittedBy),
      submittedAt: try row.time(Column.submittedAt))
    if !row.isNull(Column.vcsPool) { vcsPool = try row.name(Column.vcsPool) }
    if !row.isNull(Column.worker) { worker = try row.identifier(Column.worker) }
    startedAt = try row.optionalTime(Column.startedAt)
    finishedAt = try row.optionalTime(Column.finishedAt)
    exitCode = try row.optional(Column.exitCode)
    signal = try row.optional(Column.signal)
    reason = try row.value(Column.openedReason)
    commit = try row.value(Column.openedCommitId)
    cancelRequested = try row.value(Column.cancelRequested)
    cancelReason = try row.value(Column.openedCancelReason)
    cancelAcknowledged = try row.value(Column.cancelAcknowledged)
    cancelRequestedAt = try row.optionalTime(Column.cancelRequestedAt)
    cancelRequestedBy = try row.value(Column.cancelRequestedBy)
    cancelDeliveredAt = try row.optionalTime(Column.cancelDeliveredAt)
    leaseExpiresAt = try row.optionalTime(Column.leaseExpiresAt)
    logLength = try row.unsigned(Column.logLength)
    logState = try row.raw(Column.logState)
    logIncompleteReason = try row.value(Column.openedLogIncompleteReason)
    relayBytesToWorker = try row.unsigned(Column.relayBytesToWorker)
    relayBytesToAgent = try row.unsigned(Column.relayBytesToAgent)
    scheduling = try Scheduling(row: row)
    attemptsRun = try row.value(Column.attemptsRun)
    offersReturned = try row.value(Column.offersReturned)
    notBefore = try row.optionalTime(Column.notBefore)
  }
}

extension Database {
  private static let jobQuery =
    "SELECT \(JobColumn.list) FROM job_view WHERE id = ? AND tenant = ?"

  func job(_ id: JobID, of tenant: TenantName) throws -> JobRecord? {
    try row(Self.jobQuery, [id.rawValue, tenant.rawValue]).map { try JobRecord(row: $0) }
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
