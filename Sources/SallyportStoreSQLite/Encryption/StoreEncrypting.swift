import GRDB
import SallyportCore
import SallyportStore
package import SallyportStoreEncryption

/// Encrypts a store that was plain, without a gateway.
package enum StoreEncrypting {
  /// Encrypts whatever is there, then writes the database anew, so that nothing plain is left in
  /// it. Ended by whatever it is, the same call goes on where it was. Blocks meanwhile.
  ///
  /// - Returns: False where the store is encrypted already.
  /// - Throws: ``StoreError/Code/missing``, ``StoreError/Code/unavailable`` where a gateway has the
  ///   store open, ``StoreError/Code/encryption``.
  package static func encrypt(
    _ path: String, with keyring: TenantKeyring,
    progress: (EncryptionProgress) throws -> Void
  ) async throws -> Bool {
    // Migrates what an older version has left.
    let opened = try SQLiteStore.migrated(path)
    let tenants = try await opened.tenantNames()
    let state = try await opened.read { try EncryptionState.read($0) }
    try await opened.close()
    guard state != .encrypted else { return false }
    for tenant in tenants {
      try await SQLiteStore.reporting { () async throws(EncryptionError) in
        try await keyring.make(for: tenant)
      }
    }
    do {
      let database = try exclusive(path, keyring)
      defer { try? database.close() }
      try encrypt(tenants, in: database, progress)
    } catch {
      throw StoreError.wrapping(error)
    }
    return true
  }

  private static func encrypt(
    _ tenants: [TenantName], in queue: DatabaseQueue,
    _ progress: (EncryptionProgress) throws -> Void
  ) throws {
    try queue.write { database in
      guard try EncryptionState.read(database) == .plain else { return }
      for tenant in tenants {
        try EncryptionPass.begin(tenant, at: EncryptionPass.hashes, in: database)
      }
      try EncryptionState.write(.encrypting, database)
    }
    for tenant in tenants {
      while let done = try queue.write({ try EncryptionPass.advance(tenant, in: $0) }) {
        try progress(done)
      }
    }
    try queue.writeWithoutTransaction { database in
      // What was plain is in pages that are free now, and in the WAL.
      try database.execute(sql: "VACUUM")
      try EncryptionState.write(.encrypted, database)
      try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
  }

  /// A connection beside which no other can be: a gateway that serves would go on writing plain
  /// values.
  private static func exclusive(
    _ path: String, _ keyring: TenantKeyring
  ) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(2)
    configuration.label = "sallyport.store.encrypting"
    configuration.prepareDatabase { database in
      try database.execute(
        sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
      EncryptionFunctions(keyring: keyring, isFirstEncryption: true).register(in: database)
      try database.forgetWhatIsDeleted()
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }
}
