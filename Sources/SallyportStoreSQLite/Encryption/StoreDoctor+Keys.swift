import GRDB
import SallyportCore
package import SallyportStore
package import SallyportStoreEncryption

extension StoreDoctor {
  /// Whether the store is encrypted as it is configured, and every tenant's keys can be opened.
  package static func examineKeys(
    of path: String, _ keyring: TenantKeyring?
  ) async -> StoreFinding {
    let check = "encryption"
    do {
      let queue = try ReadOnlyDatabase.open(path)
      let (state, tenants) = try await queue.read { database in
        (
          // A store of before, which 'serve' migrates, is plain.
          try database.tableExists("encryption") ? EncryptionState.read(database) : .plain,
          try database.rows("SELECT name FROM tenant ORDER BY name", [])
            .map { row -> TenantName in try row.name("name") }
            .filter { try !database.tableExists("purge_work") || !database.isPurged($0) }
        )
      }
      try queue.close()
      switch (state, keyring) {
      case (.plain, nil):
        return StoreFinding(
          check, .warning, "the database is plain: see store.master-key, and 'keys encrypt'")
      case (.plain, _?), (.encrypting, _):
        return StoreFinding(check, .failed, "not all is encrypted; run 'keys encrypt'")
      case (.encrypted, nil):
        return StoreFinding(
          check, .failed, "the database is encrypted, and no master key is configured")
      case (.encrypted, let keyring?):
        for tenant in tenants { try await keyring.open(tenant) }
        return StoreFinding(check, .ok, "the keys of \(tenants.count) tenants can be opened")
      }
    } catch {
      return StoreFinding(check, .failed, "\(error)")
    }
  }
}
