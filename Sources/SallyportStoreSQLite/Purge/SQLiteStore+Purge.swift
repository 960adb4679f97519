import GRDB
package import SallyportCore
package import SallyportStore
import SallyportStoreEncryption

extension SQLiteStore {
  /// Removes a tenant for good, while this and other processes use the store: from its first commit
  /// on nothing of the tenant is answered or taken, then its keys are destroyed, then its rows are
  /// removed, and the file is written anew. What is left is its name, which is never used again, and
  /// records in the gateway's own audit log. Ended by whatever it is, the same call goes on where it
  /// was.
  ///
  /// To be called under the keyring's lock.
  ///
  /// - Returns: Nil where the tenant was purged before; its keys are destroyed then again, should
  ///   somebody have brought them back.
  /// - Throws: ``StoreError/Code/notFound``, ``StoreError/Code/encryption`` where keys cannot be
  ///   destroyed, ``StoreError/Code/unavailable``.
  package func purge(
    _ tenant: TenantName, at time: Timestamp, progress: (PurgeProgress) throws -> Void
  ) async throws -> PurgeResult? {
    let purge = TenantPurge(tenant: tenant, time: time)
    if try await write({ try purge.begin(in: $0) }) {
      try progress(PurgeProgress(tenant: tenant, table: "tenant"))
    }
    if let keyring {
      try await Self.reporting { () async throws(EncryptionError) in
        try await keyring.destroyKeys(of: tenant)
      }
      // Whoever has the keys open lets go of them with its next write.
      try await write { try $0.noteChangedKeys() }
      try progress(PurgeProgress(tenant: tenant, table: "keys"))
    }
    while let done = try await write({ try purge.advance(in: $0) }) { try progress(done) }
    if try await isUnfinished(purge) {
      try progress(PurgeProgress(tenant: tenant, table: "file"))
      try await rewrite()
    }
    return try await write { try purge.end(in: $0) }
  }

  /// Refuses whatever is of tenants whose keys were destroyed, and that are in the database
  /// nevertheless: it was restored from a backup of before. To be called before anybody is served.
  ///
  /// - Returns: Tenants that are to be purged again.
  package func refuseDestroyed(at time: Timestamp) async throws -> [TenantName] {
    guard let keyring else { return [] }
    var refused: [TenantName] = []
    for tenant in try await tenantNames() {
      let isDestroyed = try await Self.reporting { () async throws(EncryptionError) in
        try await keyring.isDestroyed(tenant)
      }
      guard isDestroyed else { continue }
      let purge = TenantPurge(tenant: tenant, time: time)
      _ = try await write { try purge.begin(in: $0) }
      refused.append(tenant)
    }
    return refused
  }

  private func isUnfinished(_ purge: TenantPurge) async throws -> Bool {
    try await read { database in
      try database.number(
        "SELECT count(*) FROM purge_work WHERE tenant = ?", [purge.tenant.rawValue]) > 0
    }
  }

  /// Writes the database anew and empties the WAL. `secure_delete` is not enough: where SQLite has moved
  /// rows from one page to the next, what was in the first stays there until it is used again.
  func rewrite() async throws {
    let isBusy: Bool
    do {
      try await pool.writeWithoutTransaction { database in
        // The copy may be larger than the memory, and has nothing of what was purged any more.
        try database.execute(sql: "PRAGMA temp_store = FILE")
        defer { try? database.forgetWhatIsDeleted() }
        // Rows of some tables get new numbers, by which a rotation that was ended counts them.
        try database.execute(sql: "UPDATE encryption_work SET cursor = 0")
        try database.execute(sql: "VACUUM")
        // What can be moved while others of this process read is.
        try database.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
      }
      isBusy = try await pool.barrierWriteWithoutTransaction { database in
        let row = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        return row?["busy"] as Int? != 0
      }
    } catch {
      throw StoreError.wrapping(error)
    }
    guard !isBusy else {
      throw StoreError(
        code: .unavailable,
        message: "the rows are removed, but another process reads the database and keeps its WAL; "
          + "run the same command again")
    }
  }
}
