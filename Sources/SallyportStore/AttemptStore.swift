package import SallyportCore

/// Attempts and leases. Every method is fenced: it changes nothing unless the worker holds exactly
/// that (job, epoch), and says so.
package protocol AttemptStore {
  /// Picks the first jobs of the worker's pool that its labels allow, by priority and then in the
  /// order of submission, and commits each as offered to this worker under the next epoch, in one
  /// transaction. A job is claimed once, however many claim at once, and no cap is exceeded.
  func claimJobs(_ claim: JobClaim) async throws -> ClaimResult

  /// `offered -> running`. Accepting twice is accepting once.
  ///
  /// - Returns: Nil where the offer is no longer this worker's.
  func acceptOffer(
    _ attempt: AttemptID, by worker: WorkerReference, leaseUntil: Timestamp, at time: Timestamp
  ) async throws -> JobRecord?

  /// Puts an offer back to the queue, or fails the job after its `maximumOffers`th in a row.
  ///
  /// - Returns: Nil where the offer is no longer this worker's.
  func returnOffer(
    _ attempt: AttemptID, by worker: WorkerReference, reason: String, maximumOffers: UInt64,
    at time: Timestamp, audit: AuditEntry
  ) async throws -> JobRecord?

  /// Extends the leases of those attempts that the worker holds.
  ///
  /// - Returns: The jobs whose leases were extended.
  func renewLeases(
    _ attempts: [AttemptID], by worker: WorkerReference, until: Timestamp
  ) async throws -> [JobRecord]

  /// Makes `session` the one open session of its worker and brings the store and what the worker
  /// says it runs into line, in one transaction: there is no moment at which an older session could
  /// claim a job that the inventory does not name.
  ///
  /// - Parameter ended: The audit entry of a job that this ends.
  /// - Throws: ``StoreError/Code/revoked``.
  func openWorkerSession(
    _ session: SessionStart, inventory: WorkerInventory, audit: AuditEntry,
    ended: @escaping @Sendable (JobRecord) -> AuditEntry
  ) async throws -> Reconciliation
  /// Running jobs of this worker whose cancellation it has not acknowledged.
  func unacknowledgedCancels(of worker: WorkerReference) async throws -> [JobRecord]

  /// The job, where the worker holds this attempt of it: runs it under an unexpired lease, or was
  /// offered it and has not answered yet.
  func leasedJob(
    _ attempt: AttemptID, by worker: WorkerReference, at time: Timestamp
  ) async throws -> JobRecord?

  /// Notes that the worker has been told of the cancellation.
  ///
  /// - Returns: Nil where the attempt is not this worker's, or nobody cancelled it.
  func acknowledgeCancel(
    _ attempt: AttemptID, by worker: WorkerReference, at time: Timestamp
  ) async throws -> JobRecord?
  /// Whether this worker was the last to hold this attempt, and it has ended.
  func hasEnded(_ attempt: AttemptID, by worker: WorkerReference) async throws -> Bool

  /// Records an attempt's end. The first report counts; repeats are told what was recorded.
  func finishAttempt(
    _ result: AttemptResult, by worker: WorkerReference, audit: AuditEntry
  ) async throws -> FinishResult

  /// Attempts whose lease has expired are lost; offers that nobody accepted in time go back to the
  /// queue, or fail after the `maximumOffers`th in a row; queued jobs whose time has run out end as
  /// timed out. At most 1,000 jobs a call.
  ///
  /// - Parameter ended: The audit entry of a job whose attempt, or which itself, this ends.
  func sweep(
    at time: Timestamp, maximumOffers: UInt64,
    ended: @escaping @Sendable (JobRecord) -> AuditEntry
  ) async throws -> JobChanges
}
