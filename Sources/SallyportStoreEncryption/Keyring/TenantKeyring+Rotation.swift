package import SallyportCore

extension TenantKeyring {
  /// How a tenant's keys are kept.
  package struct Standing: Hashable, Sendable {
    package let current: TenantKeyID
    /// The key that values are being moved away from; nil where there is none.
    package let old: TenantKeyID?
    /// The master keys that open its file.
    package let masterKeys: Set<MasterKeyID>
  }

  package var masterKey: MasterKeyID { master.id }
  /// Nil where the master key stays.
  package var nextMasterKey: MasterKeyID? { next?.id }

  /// To be held while keys are changed.
  ///
  /// - Throws: ``EncryptionError/Code/keyFile`` where another process holds it.
  package func lock() throws(EncryptionError) -> TenantKeyLock {
    try folder.prepare()
    return try TenantKeyLock(folder: folder.path)
  }

  /// Nil where the tenant has no keys.
  package func standing(
    of tenant: TenantName
  ) async throws(EncryptionError) -> Standing? {
    try await read(tenant).map { file in
      Standing(
        current: file.current, old: file.isRotating ? file.keys.first?.id : nil,
        masterKeys: file.masterKeys)
    }
  }

  /// Gives a tenant a new key, durably, from now on in use here; the old one still decrypts. Where
  /// a rotation has begun and not ended, nothing changes.
  ///
  /// To be called under ``lock()``.
  package func addKey(
    for tenant: TenantName
  ) async throws(EncryptionError) {
    try await open(tenant)
    guard var file = try await read(tenant), !file.isRotating else { return }
    guard let id = file.current.next else {
      throw EncryptionError(.keyFile, "tenant \(tenant) has had all keys that can be numbered")
    }
    file.add(try await newest.wrap(.generate(for: tenant, id: id)), as: id)
    try await replace(file, of: tenant)
    try await open(tenant, needing: id)
  }

  /// Destroys the keys before the newest: what is encrypted under them is lost.
  package func removeOldKeys(of tenant: TenantName) async throws(EncryptionError) {
    guard var file = try await read(tenant), file.isRotating else { return }
    file.removeOldKeys()
    try await replace(file, of: tenant)
  }

  /// Destroys all keys of a tenant, durably: whatever is encrypted under them, wherever it is, is lost
  /// for good. Repeating it changes nothing.
  ///
  /// To be called under ``lock()``.
  package func destroyKeys(of tenant: TenantName) async throws(EncryptionError) {
    try await onDisk { [folder] in
      try folder.prepare()
      try folder.destroy(tenant)
    }
    forget(tenant)
  }

  package func isDestroyed(_ tenant: TenantName) async throws(EncryptionError) -> Bool {
    try await onDisk { [folder] in try folder.isDestroyed(tenant) }
  }

  /// Wraps a tenant's keys by the next master key, durably. Where there is none, nothing changes.
  ///
  /// - Returns: False where they are wrapped by it already.
  package func rewrap(_ tenant: TenantName) async throws(EncryptionError) -> Bool {
    guard let next, var file = try await read(tenant), file.masterKeys != [next.id] else {
      return false
    }
    for entry in file.keys {
      let key = try await unwrap(entry.wrapped, of: tenant, id: entry.id)
      file.replace(entry.id, by: try await next.wrap(key))
    }
    let index = try await unwrap(file.index, of: tenant, id: .index)
    file.replaceIndex(by: try await next.wrap(index))
    try await replace(file, of: tenant)
    return true
  }

  private func replace(
    _ file: TenantKeyFile, of tenant: TenantName
  ) async throws(EncryptionError) {
    try await onDisk { [folder] in
      try folder.destroyLeftovers(of: tenant)
      try folder.replace(file, of: tenant)
    }
  }
}
