import GRDB
package import SallyportCore
import SallyportStore
import SallyportStoreEncryption

extension SQLiteStore {
  /// Gives a tenant a new key, brings every value under it, and destroys the old one, while this and
  /// other processes use the store. Ended by whatever it is, the same call goes on where it was.
  ///
  /// - Throws: ``StoreError/Code/encryption``.
  package func rotateKey(
    of tenant: TenantName, progress: (EncryptionProgress) throws -> Void
  ) async throws {
    guard let keyring else {
      throw StoreError(code: .encryption, message: "the database is not encrypted")
    }
    guard try await tenantNames().contains(tenant) else {
      throw StoreError(code: .notFound, message: "there is no tenant \(tenant)")
    }
    let isNew = try await Self.reporting { () async throws(EncryptionError) in
      let isNew = try await keyring.standing(of: tenant)?.old == nil
      try await keyring.addKey(for: tenant)
      return isNew
    }
    try await write { database in
      // From this commit on, nobody writes under the old key.
      try database.noteChangedKeys()
      if isNew {
        try database.run("DELETE FROM encryption_work WHERE tenant = ?", [tenant.rawValue])
      }
      try EncryptionPass.begin(tenant, at: EncryptionPass.values, in: database)
    }
    while let done = try await write({ try EncryptionPass.advance(tenant, in: $0) }) {
      try progress(done)
    }
    try await requireMoved(tenant, keyring)
    try await Self.reporting { () async throws(EncryptionError) in
      try await keyring.removeOldKeys(of: tenant)
    }
    try await write { try $0.noteChangedKeys() }
  }

  private func requireMoved(_ tenant: TenantName, _ keyring: TenantKeyring) async throws {
    guard let key = keyring.keys(of: tenant)?.current.id else {
      throw StoreError(code: .encryption, message: "the keys of \(tenant) are not open")
    }
    let stale = try await read { try EncryptionPass.staleRows(of: tenant, besides: key, in: $0) }
    guard stale == 0 else {
      throw StoreError(
        code: .encryption,
        message: "\(stale) rows of \(tenant) are not under key \(key): the old one stays; try again"
      )
    }
  }
}
