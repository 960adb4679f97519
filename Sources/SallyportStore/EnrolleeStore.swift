package import SallyportCore

/// Enrolled workers and VCS agents.
package protocol EnrolleeStore {
  /// In order of enrollment; nil for all pools. At most 1,000, those after `id`.
  func enrollees(
    of tenant: TenantName, role: EnrolleeRole, pool: PoolName?, after id: String?
  ) async throws -> [Enrollee]

  /// How many jobs each worker of the tenant has accepted and not finished.
  func runningJobs(of tenant: TenantName) async throws -> [WorkerID: Int]

  /// Revokes for good. The running attempts of a revoked worker are lost, its offers go back to the
  /// queue. Repeating it changes nothing.
  ///
  /// - Throws: ``StoreError/Code/notFound``.
  func revokeEnrollee(
    _ id: String, role: EnrolleeRole, of tenant: TenantName, at time: Timestamp, audit: AuditEntry
  ) async throws -> JobChanges

  /// Makes `session` the one open session of its VCS agent.
  ///
  /// - Returns: Its number: of two sessions of one enrollee, the one with the higher is the newer.
  /// - Throws: ``StoreError/Code/revoked``.
  func openAgentSession(_ session: SessionStart, audit: AuditEntry) async throws -> UInt64

  /// Remembers that the worker is to drain, until it says that it does.
  ///
  /// - Throws: ``StoreError/Code/notFound``.
  func requestDrain(
    _ drain: DrainRequest, of worker: WorkerID, of tenant: TenantName, audit: AuditEntry
  ) async throws

  /// Nil where nobody has asked for it, or the worker has said that it drains.
  func drainRequest(of worker: WorkerReference) async throws -> DrainRequest?

  /// The worker has said that it drains.
  func clearDrainRequest(of worker: WorkerID, of tenant: TenantName) async throws
}
