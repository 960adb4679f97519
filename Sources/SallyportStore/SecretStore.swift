package import SallyportCore

/// Sealed secrets, variables, the contexts that group them, and the certified keys of pools.
///
/// What is sealed goes in and comes out for the worker that runs the job only.
package protocol SecretStore {
  /// Publishing a key again makes it the newest.
  ///
  /// - Throws: ``StoreError/Code/notFound`` without such a worker pool.
  func publishPoolKey(_ key: PoolKeyRecord, audit: AuditEntry) async throws

  /// Newest first, at most 16.
  func poolKeys(of pool: PoolName, of tenant: TenantName) async throws -> [PoolKeyRecord]

  /// - Throws: ``StoreError/Code/alreadyExists``; ``StoreError/Code/overloaded`` beyond 1,000.
  func createContext(_ context: ContextRecord, audit: AuditEntry) async throws

  /// By name.
  func contexts(of tenant: TenantName) async throws -> [ContextRecord]

  /// With its secrets and variables.
  func removeContext(_ name: ContextName, of tenant: TenantName, audit: AuditEntry) async throws

  /// Attached once more, a context keeps its place.
  func attachContext(
    _ name: ContextName, to pool: PoolName, of tenant: TenantName, audit: AuditEntry
  ) async throws -> ContextRecord

  func detachContext(
    _ name: ContextName, from pool: PoolName, of tenant: TenantName, audit: AuditEntry
  ) async throws -> ContextRecord

  /// - Throws: ``StoreError/Code/conflict`` where the version is not the next one.
  func setSecret(_ secret: SecretRecord, sealed: [UInt8], audit: AuditEntry) async throws

  /// By name and pool, at most 10,000; also those that are removed, which have a version only.
  func secrets(
    in context: ContextName, pool: PoolName?, of tenant: TenantName
  ) async throws -> [SecretRecord]

  /// What was sealed is gone; the version stays, so that it is never used again.
  func removeSecret(
    _ name: String, in context: ContextName, pool: PoolName, of tenant: TenantName,
    audit: AuditEntry
  ) async throws

  func setVariable(_ variable: VariableRecord, audit: AuditEntry) async throws

  /// By name.
  func variables(
    in context: ContextName, of tenant: TenantName
  ) async throws -> [VariableRecord]

  func removeVariable(
    _ name: String, in context: ContextName, of tenant: TenantName, audit: AuditEntry
  ) async throws

  /// The values that a job of the pool gets.
  ///
  /// - Parameter contexts: Those that the job names.
  /// - Throws: ``StoreError/Code/notFound`` where there is no such context.
  func variables(
    for pool: PoolName, contexts: [ContextName], of tenant: TenantName
  ) async throws -> [String: String]

  /// The same for who submits such a job: one look instead of two.
  ///
  /// - Throws: As above, to who is in good standing; nobody else is told what there is.
  func submissionGround(
    for pool: PoolName, contexts: [ContextName], of tenant: TenantName,
    by submitter: GatewayIdentity
  ) async throws -> SubmissionGround

  /// Everything of these names that is sealed for the pool, for each first what counts.
  ///
  /// - Parameter contexts: Those that the job names.
  func sealedSecrets(
    named names: [String], for pool: PoolName, contexts: [ContextName], of tenant: TenantName
  ) async throws -> [StoredSecret]
}
