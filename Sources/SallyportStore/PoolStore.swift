package import SallyportCore

/// Worker pools and VCS pools. Both kinds share one namespace within a tenant.
package protocol PoolStore {
  /// - Throws: ``StoreError/Code/alreadyExists``; ``StoreError/Code/notFound`` without such a
  ///   tenant.
  func createPool(_ pool: Pool, audit: AuditEntry) async throws

  func pool(_ name: PoolName, of tenant: TenantName) async throws -> Pool?

  /// In order of name; nil for both kinds. At most 10,000.
  func pools(of tenant: TenantName, kind: PoolKind?) async throws -> [Pool]
}
