import FoundationEssentials
import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption

/// What SQL calls to encrypt and decrypt, each with the tenant, `table.column`, the value, and what
/// identifies the row within the tenant for good.
///
/// Without a keyring the store is plain, and they give back what they are given. The rows of the
/// gateway itself have an empty tenant and are always plain; so is what is empty.
struct EncryptionFunctions: Sendable {
  let keyring: TenantKeyring?
  /// Takes the values that ``moved`` is given for plain ones.
  var isFirstEncryption = false

  func register(in database: Database) {
    let keyring = keyring
    database.add(
      function: DatabaseFunction("sealed") { try Call($0).sealed(keyring) })
    database.add(
      function: DatabaseFunction("opened", pure: true) { try Call($0).opened(keyring) })
    // Null for a value that is not what was encrypted for its place.
    database.add(
      function: DatabaseFunction("opened_if_whole", pure: true) { values in
        do {
          return try Call(values).opened(keyring)
        } catch {
          guard BrokenValue.reason(of: error) != nil else { throw error }
          return DatabaseValue.null
        }
      })
    database.add(
      function: DatabaseFunction("indexed", argumentCount: 3, pure: true) {
        try Call($0).indexed(keyring)
      })
    let isFirst = isFirstEncryption
    database.add(
      function: DatabaseFunction("moved") { values in
        let call = try Call(values)
        return isFirst ? try call.sealed(keyring) : try call.moved(keyring)
      })
    database.add(
      function: DatabaseFunction("key_of", argumentCount: 1, pure: true) {
        try Call.keyNumber(of: $0[0])
      })
    database.add(
      function: DatabaseFunction("sealing_overhead", argumentCount: 0, pure: true) { _ in
        keyring == nil ? 0 : EncryptedValue.overhead
      })
  }
}

/// What a column holds: bytes, or a text, which is stored in Base64 once it is encrypted.
private struct Content {
  let bytes: [UInt8]
  let isText: Bool

  var stored: DatabaseValue {
    isText ? Data(bytes).base64EncodedString().databaseValue : Blob(bytes).databaseValue
  }

  /// The key that it is encrypted under.
  func key() throws -> TenantKeyID {
    try BrokenValue.translating { () throws(EncryptionError) in try EncryptedValue(bytes).key }
  }
}

/// A call of one of the functions.
private struct Call {
  private let value: DatabaseValue
  private let tenant: DatabaseValue
  private let column: DatabaseValue
  private let row: ArraySlice<DatabaseValue>

  init(_ arguments: [DatabaseValue]) throws {
    guard arguments.count >= 3 else { throw BrokenValue.error("a value without its place") }
    tenant = arguments[0]
    column = arguments[1]
    value = arguments[2]
    row = arguments[3...]
  }

  func sealed(_ keyring: TenantKeyring?) throws -> DatabaseValue {
    guard let keyring, let tenant = try tenantName(), let plain = try plainContent() else {
      return value
    }
    return try sealed(plain, try keys(of: tenant, in: keyring))
  }

  func opened(_ keyring: TenantKeyring?) throws -> DatabaseValue {
    // Most texts are empty.
    guard let keyring, !isEmpty, let tenant = try tenantName(), let stored = try storedContent()
    else { return value }
    let bytes = try opened(stored, try keys(of: tenant, in: keyring))
    return stored.isText
      ? String(decoding: bytes, as: UTF8.self).databaseValue : Blob(bytes).databaseValue
  }

  /// Encrypted under the tenant's newest key, whatever it was encrypted under.
  func moved(_ keyring: TenantKeyring?) throws -> DatabaseValue {
    guard let keyring, let tenant = try tenantName(), let stored = try storedContent() else {
      return value
    }
    let keys = try keys(of: tenant, in: keyring)
    guard try stored.key() != keys.current.id else { return value }
    return try sealed(
      Content(bytes: try opened(stored, keys), isText: stored.isText), keys)
  }

  func indexed(_ keyring: TenantKeyring?) throws -> DatabaseValue {
    guard let keyring, let tenant = try tenantName(), let plain = try plainContent() else {
      return value
    }
    let place = try place()
    let hash = try keys(of: tenant, in: keyring).index
      .hash(plain.bytes, table: place.table, column: place.column)
    return Content(bytes: hash, isText: plain.isText).stored
  }

  /// Zero for what is empty.
  static func keyNumber(of value: DatabaseValue) throws -> Int64 {
    try Int64(Call([.null, .null, value]).storedContent()?.key().rawValue ?? 0)
  }

  private func sealed(_ plain: Content, _ keys: TenantKeys) throws -> DatabaseValue {
    let place = try place()
    let bytes = try BrokenValue.translating { () throws(EncryptionError) in
      try keys.current.encrypt(plain.bytes, at: place)
    }
    return Content(bytes: bytes, isText: plain.isText).stored
  }

  private func opened(_ stored: Content, _ keys: TenantKeys) throws -> [UInt8] {
    let place = try place()
    let key = try stored.key()
    guard keys.has(key) else { throw KeyNeeded(tenant: keys.tenant, id: key).databaseError }
    return try BrokenValue.translating { () throws(EncryptionError) in
      try keys.decrypt(stored.bytes, at: place)
    }
  }

  private func keys(of tenant: TenantName, in keyring: TenantKeyring) throws -> TenantKeys {
    guard let keys = keyring.keys(of: tenant) else {
      throw KeyNeeded(tenant: tenant, id: nil).databaseError
    }
    return keys
  }

  private var isEmpty: Bool {
    switch value.storage {
    case .null: true
    case .string(let text): text.isEmpty
    case .blob(let data): data.isEmpty
    case .int64, .double: false
    }
  }

  /// Nil for what is stored as it is: nothing.
  private func plainContent() throws -> Content? {
    guard !isEmpty else { return nil }
    return switch value.storage {
    case .string(let text): Content(bytes: Array(text.utf8), isText: true)
    case .blob(let data): Content(bytes: Array(data), isText: false)
    case .null, .int64, .double:
      throw BrokenValue.error("a number where text or bytes are encrypted")
    }
  }

  private func storedContent() throws -> Content? {
    guard let content = try plainContent() else { return nil }
    guard content.isText else { return content }
    guard let data = Data(base64Encoded: Data(content.bytes)) else {
      throw BrokenValue.error("\(try place()) is not encrypted")
    }
    return Content(bytes: Array(data), isText: true)
  }

  /// Nil for the gateway itself.
  private func tenantName() throws -> TenantName? {
    guard let text = String.fromDatabaseValue(tenant) else {
      throw BrokenValue.error("a value without a tenant")
    }
    guard !text.isEmpty else { return nil }
    guard let name = try? TenantName(text) else { throw BrokenValue.error("no tenant is named so") }
    return name
  }

  private func place() throws -> ValuePlace {
    guard let path = String.fromDatabaseValue(column),
      let dot = path.utf8.firstIndex(of: UInt8(ascii: "."))
    else { throw BrokenValue.error("a value without its place") }
    return ValuePlace(
      table: String(path[..<dot]), column: String(path[path.utf8.index(after: dot)...]),
      row: try row.map { part in
        switch part.storage {
        case .int64(let number): .integer(number)
        case .string(let text): .text(text)
        case .null, .double, .blob: throw BrokenValue.error("\(path) without its row")
        }
      })
  }
}
