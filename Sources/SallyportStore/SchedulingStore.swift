package import SallyportCore

/// What decides when queued jobs run, beside the claim itself: see ``AttemptStore/claimJobs(_:)``.
package protocol SchedulingStore {
  /// Changes what is given.
  ///
  /// - Parameter maximumRunning: Zero takes the cap away; nil leaves it.
  /// - Throws: ``StoreError/Code/notFound`` without such a worker pool.
  func updatePool(
    _ name: PoolName, of tenant: TenantName, maximumRunning: UInt32?, audit: AuditEntry
  ) async throws -> Pool

  /// Pauses a worker pool, or resumes it where `pause` is nil. Pausing a paused pool changes the
  /// reason.
  ///
  /// - Throws: ``StoreError/Code/notFound`` without such a worker pool.
  func setPause(
    _ pause: PoolPause?, of name: PoolName, of tenant: TenantName, audit: AuditEntry
  ) async throws -> Pool

  /// - Throws: ``StoreError/Code/notFound``.
  func setRunningLimit(
    _ limit: TenantRunningLimit, of tenant: TenantName, audit: AuditEntry
  ) async throws

  /// Grows with every change of a tenant's cap: another process may make them.
  func runningLimitChanges() async throws -> UInt64

  /// When the first job that waits for its next attempt may be offered; nil where none waits.
  func nextRelease() async throws -> Timestamp?

  /// Lets jobs be offered whose backoff is over. At most 1,000 a call, the longest overdue first.
  func releaseJobs(at time: Timestamp) async throws -> [JobRecord]

  /// Where a queued job stands; nil for one that is not queued.
  func standing(
    of job: JobID, of tenant: TenantName, limits: RunningLimits
  ) async throws -> QueueStanding?
}
