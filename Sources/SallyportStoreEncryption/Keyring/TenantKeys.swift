package import SallyportCore

/// A tenant's keys, ready to be used.
package struct TenantKeys: Sendable {
  package let tenant: TenantName
  /// Encrypts; the newest.
  package let current: TenantKey
  /// Decrypts: the current key, and the one before while values are moved away from it.
  let all: [TenantKeyID: TenantKey]
  package let index: IndexKey
  /// What they were unwrapped from.
  let file: TenantKeyFile

  /// - Throws: ``EncryptionError/Code/malformed``, ``EncryptionError/Code/wrongKey`` where no key has
  ///   this number, or ``EncryptionError/Code/notAuthentic``.
  package func decrypt(
    _ bytes: [UInt8], at place: ValuePlace
  ) throws(EncryptionError) -> [UInt8] {
    let number = try EncryptedValue(bytes).key
    guard let key = all[number] else {
      throw EncryptionError(
        .wrongKey, "\(place) is encrypted under key \(number) of \(tenant), which is not there")
    }
    return try key.decrypt(bytes, at: place)
  }

  package func has(_ key: TenantKeyID) -> Bool { all[key] != nil }
}
