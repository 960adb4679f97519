import GRDB
import SallyportCore
import SallyportStore

/// What is said to whoever writes something of a tenant that is purged, or being purged.
enum TenantPurged {
  static let reason = "the tenant is purged"

  static var error: StoreError { StoreError(code: .revoked, message: reason) }

  /// Whether the database itself has said so: see ``PurgeMigration``.
  static func isReason(of error: any Error) -> Bool {
    guard let error = error as? DatabaseError else { return false }
    return error.extendedResultCode == .SQLITE_CONSTRAINT_TRIGGER && error.message == reason
  }
}

extension Database {
  /// Whether a purge of the tenant has begun.
  func isPurged(_ tenant: TenantName) throws -> Bool {
    try number(
      "SELECT count(*) FROM tenant WHERE name = ? AND purge_began_at IS NOT NULL",
      [tenant.rawValue]) > 0
  }

  /// - Throws: ``StoreError/Code/revoked``.
  func requireUnpurged(_ tenant: TenantName) throws {
    guard try !isPurged(tenant) else { throw TenantPurged.error }
  }
}
