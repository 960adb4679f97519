package import SallyportCore

/// Jobs as operators see them.
package protocol JobStore {
  /// Queues a job, or returns the one that was submitted under the same idempotency key.
  ///
  /// - Throws: ``StoreError/Code/notFound`` without such a worker pool or VCS pool,
  ///   ``StoreError/Code/keyReused``, ``StoreError/Code/overloaded`` where the pool's queue is full.
  func submitJob(_ job: JobSubmission, audit: AuditEntry) async throws -> JobSubmissionResult

  func job(_ id: JobID, of tenant: TenantName) async throws -> JobRecord?

  /// For who is told of a job again and again: one look instead of two.
  ///
  /// - Parameter withSpec: Whether to say what the job asks for as well.
  func watchedJob(
    _ id: JobID, of tenant: TenantName, by watcher: GatewayIdentity, withSpec: Bool
  ) async throws -> WatchedJob

  /// Newest first.
  func jobs(of tenant: TenantName, matching query: JobQuery) async throws -> [JobRecord]

  /// Queued and offered jobs become `cancelled` at once; a running one is marked, and ends when
  /// its worker says so, or is lost. Which of a cancellation and an end came first is decided by
  /// which was committed first; of several cancellations, the first counts.
  ///
  /// - Throws: ``StoreError/Code/notFound``.
  func cancelJob(
    _ id: JobID, of tenant: TenantName, by requester: String, reason: String, at time: Timestamp,
    audit: AuditEntry
  ) async throws -> CancelResult

  /// The newest `limit`, oldest first.
  func attempts(
    of job: JobID, of tenant: TenantName, limit: Int
  ) async throws -> [AttemptRecord]

  /// What jobs ask for, as submitted: the first ones of `jobs` that fit in `budget` bytes together,
  /// and always the first.
  func jobSpecs(
    of jobs: [JobID], of tenant: TenantName, budget: Int
  ) async throws -> [JobID: [UInt8]]

  /// What a worker is told of jobs that it is offered.
  ///
  /// - Throws: ``StoreError/Code/notFound`` where there is no such tenant.
  func offerContents(of jobs: [JobID], of tenant: TenantName) async throws -> OfferContents

  /// Adds what a relay has carried to its job.
  func addRelayBytes(
    to job: JobID, of tenant: TenantName, toWorker: UInt64, toAgent: UInt64, audit: AuditEntry
  ) async throws
}
