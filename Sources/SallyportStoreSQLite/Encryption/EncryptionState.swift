import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption

/// What the database says of its own encryption.
enum EncryptionState: String {
  case plain, encrypting, encrypted

  /// Refuses a store that would be written plain where it is encrypted, or the other way round. A
  /// store without tenants is encrypted from now on where there are keys.
  static func require(_ database: Database, hasKeys: Bool) throws {
    switch (try read(database), hasKeys) {
    case (.plain, false), (.encrypted, true): return
    case (.plain, true):
      guard try database.number("SELECT count(*) FROM tenant", []) == 0 else {
        throw StoreError(
          code: .encryption,
          message: "the database holds tenants and is not encrypted; stop the gateway and run "
            + "'sallyport-gateway keys encrypt'")
      }
      try write(.encrypted, database)
    case (.encrypting, _):
      throw StoreError(
        code: .encryption,
        message: "the database is encrypted in part; run 'sallyport-gateway keys encrypt' again")
    case (.encrypted, false):
      throw StoreError(
        code: .encryption,
        message: "the database is encrypted; configure the master key of its tenants' keys")
    }
  }

  static func read(_ database: Database) throws -> EncryptionState {
    let row = try database.row("SELECT state FROM encryption", [])
    guard let state: EncryptionState = try row?.raw("state") else {
      throw StoreError(code: .corrupted, message: "the table 'encryption' is empty")
    }
    return state
  }

  static func write(_ state: EncryptionState, _ database: Database) throws {
    try database.run("UPDATE encryption SET state = ?", [state.rawValue])
  }
}

extension Database {
  /// Overwrites what is deleted, and keeps what queries sort out of files.
  func forgetWhatIsDeleted() throws {
    try execute(sql: "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY")
  }

  /// Another process may have given tenants new keys: what is written from now on is to be under
  /// them.
  ///
  /// - Throws: ``KeysOutdated``.
  func requireCurrent(_ keyring: TenantKeyring) throws {
    let generation = UInt64(try number("SELECT generation FROM encryption", []))
    guard generation <= keyring.generation else { throw KeysOutdated(generation: generation) }
  }

  func noteChangedKeys() throws {
    try run("UPDATE encryption SET generation = generation + 1")
  }
}

/// The folder of keys has changed since this process has read it.
struct KeysOutdated: Error {
  let generation: UInt64
}
