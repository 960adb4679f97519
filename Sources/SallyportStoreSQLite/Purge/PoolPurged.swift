import GRDB
import SallyportCore
import SallyportStore

/// What is said to whoever writes something of a pool that was revoked.
enum PoolPurged {
  static let reason = "the pool was revoked"

  static var error: StoreError { StoreError(code: .gone, message: reason) }

  /// Whether the database itself has said so: see ``PoolPurgeMigration``.
  static func isReason(of error: any Error) -> Bool {
    guard let error = error as? DatabaseError else { return false }
    return error.extendedResultCode == .SQLITE_CONSTRAINT_TRIGGER && error.message == reason
  }

  /// Whether the purge of a pool has begun.
  static func sql(_ tenant: String, _ pool: String) -> String {
    """
    EXISTS (SELECT 1 FROM pool AS home WHERE home.tenant = \(tenant) AND home.name = \(pool)
      AND home.purge_began_at IS NOT NULL)
    """
  }

  /// The pool that a member of one has in its SPIFFE ID; nil for anybody else.
  static func pool(ofMember spiffeID: String) -> String? {
    // spiffe: DOMAIN tenant NAME pool NAME ROLE ID
    let parts = spiffeID.utf8.split(separator: UInt8(ascii: "/"))
    guard parts.count == 8, parts[4].elementsEqual("pool".utf8) else { return nil }
    return String(parts[5])
  }
}

extension Database {
  /// Whether a purge of the pool has begun.
  func isPurged(_ pool: String, of tenant: TenantName) throws -> Bool {
    try number(
      "SELECT count(*) FROM pool WHERE tenant = ? AND name = ? AND purge_began_at IS NOT NULL",
      [tenant.rawValue, pool]) > 0
  }

  /// The pool, where new work or members are given to it.
  ///
  /// - Throws: ``StoreError/Code/notFound``, ``StoreError/Code/gone``.
  @discardableResult
  func requireActivePool(
    _ name: PoolName, of tenant: TenantName, kind: PoolKind?
  ) throws -> Pool {
    let pool = try requirePool(name, of: tenant, kind: kind)
    guard pool.revokedAt == nil else {
      throw StoreError(
        code: .gone,
        message: "pool \(name) was revoked, and its name is not used again; make another")
    }
    return pool
  }
}
