import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption

/// Said by a function in the middle of a statement: the transaction is to be tried again with this
/// key opened. It goes through SQLite, as an error that SQLite itself does not use.
struct KeyNeeded: Hashable, Sendable {
  private static let code = ResultCode.SQLITE_AUTH

  let tenant: TenantName
  /// Nil for whichever is the tenant's newest.
  let id: TenantKeyID?

  init(tenant: TenantName, id: TenantKeyID?) {
    self.tenant = tenant
    self.id = id
  }

  /// Nil for any other error.
  init?(_ error: any Error) {
    guard let error = error as? DatabaseError, error.resultCode == Self.code,
      let words = error.message?.split(separator: " "), words.count == 2,
      let tenant = try? TenantName(String(words[0])), let number = UInt32(words[1])
    else { return nil }
    self.init(tenant: tenant, id: TenantKeyID(number))
  }

  var databaseError: DatabaseError {
    DatabaseError(resultCode: Self.code, message: "\(tenant) \(id?.rawValue ?? 0)")
  }
}

/// A value that is not what was encrypted for its place.
enum BrokenValue {
  private static let code = ResultCode.SQLITE_FORMAT

  static func error(_ message: String) -> DatabaseError {
    DatabaseError(resultCode: code, message: message)
  }

  static func reason(of error: any Error) -> String? {
    guard let error = error as? DatabaseError, error.resultCode == code else { return nil }
    return error.message ?? "a stored value is damaged"
  }

  static func translating<Value>(
    _ body: () throws(EncryptionError) -> Value
  ) throws -> Value {
    do { return try body() } catch { throw self.error(error.message) }
  }
}
