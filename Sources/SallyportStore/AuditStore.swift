package import SallyportCore

/// The audit log: append only, numbered without gaps within each tenant, so that a number tells
/// nothing about other tenants.
package protocol AuditStore {
  func record(_ entry: AuditEntry) async throws

  /// Oldest first.
  func auditRecords(
    of tenant: TenantName, after sequence: UInt64, limit: Int
  ) async throws -> [AuditRecord]
}
