package import SallyportCore

/// Enrolled workers and VCS agents.
package protocol EnrolleeStore {
  /// In order of enrollment; nil for all pools. At most 10,000.
  func enrollees(
    of tenant: TenantName, role: EnrolleeRole, pool: PoolName?
  ) async throws -> [Enrollee]

  func enrollee(_ id: String, role: EnrolleeRole, of tenant: TenantName) async throws -> Enrollee?

  /// How many jobs each worker of the tenant has accepted and not finished.
  func runningJobs(of tenant: TenantName) async throws -> [WorkerID: Int]

  /// Revokes for good. The running jobs of a revoked worker become `lost`, its offers go back to
  /// the queue. Repeating it changes nothing.
  ///
  /// - Throws: ``StoreError/Code/notFound``.
  func revokeEnrollee(
    _ id: String, role: EnrolleeRole, of tenant: TenantName, at time: Timestamp, audit: AuditEntry
  ) async throws -> JobChanges

  /// Makes `session` the one open session of its enrollee. Claims under an older one end here.
  ///
  /// - Throws: ``StoreError/Code/revoked``.
  func recordSession(_ session: SessionStart) async throws

  /// Remembers that the worker is to drain, until a session has told it.
  ///
  /// - Throws: ``StoreError/Code/notFound``.
  func requestDrain(
    of worker: WorkerID, of tenant: TenantName, audit: AuditEntry
  ) async throws

  /// True where the worker was to drain; it is forgotten by this call.
  func takeDrainRequest(of worker: WorkerID, of tenant: TenantName) async throws -> Bool
}
