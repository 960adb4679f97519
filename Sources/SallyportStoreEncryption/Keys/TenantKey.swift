internal import Crypto
internal import FoundationEssentials
internal import SallyportBytes
package import SallyportCore
internal import Synchronization

/// The key under which values of one tenant are encrypted in the store: AES-256-GCM.
///
/// docs/encryption-at-rest.md has the format. Encrypting and decrypting block for microseconds only,
/// on any thread. The key is overwritten when the last reference is gone.
package final class TenantKey: Sendable {
  /// Bytes.
  static let length = 32

  package let tenant: TenantName
  package let id: TenantKeyID
  let key: SymmetricKey
  private let current: Mutex<Current>

  private struct Current {
    var subkey: Subkey
    var usesLeft: UInt64
  }

  init(_ key: SymmetricKey, tenant: TenantName, id: TenantKeyID, uses: UInt64) {
    self.tenant = tenant
    self.id = id
    self.key = key
    let subkey = Subkey(of: key, salt: randomBytes(count: Subkey.saltLength))
    current = Mutex(Current(subkey: subkey, usesLeft: uses))
  }

  convenience init(_ key: SymmetricKey, tenant: TenantName, id: TenantKeyID) {
    self.init(key, tenant: tenant, id: id, uses: Subkey.maximumUses)
  }

  /// A new random key.
  package static func generate(for tenant: TenantName, id: TenantKeyID) -> TenantKey {
    TenantKey(SymmetricKey(size: .bits256), tenant: tenant, id: id)
  }

  /// Encrypts a value for its place. The same value never gives the same bytes twice.
  ///
  /// - Returns: ``EncryptedValue/overhead`` bytes more than the value has.
  /// - Throws: ``EncryptionError/Code/tooLong``.
  package func encrypt(
    _ value: [UInt8], at place: ValuePlace
  ) throws(EncryptionError) -> [UInt8] {
    guard value.count <= EncryptedValue.maximumLength else {
      throw EncryptionError(
        .tooLong,
        "a value of \(value.count) bytes for \(place), at most \(EncryptedValue.maximumLength)")
    }
    let subkey = subkeyForEncrypting()
    do {
      let box = try AES.GCM.seal(
        value, using: subkey.key, nonce: AES.GCM.Nonce(),
        authenticating: place.authenticated(tenant: tenant, key: id))
      return EncryptedValue.bytes(
        key: id, salt: subkey.salt, nonce: Array(box.nonce), ciphertext: box.ciphertext,
        tag: box.tag)
    } catch {
      throw EncryptionError(.malformed, "the value for \(place) cannot be encrypted")
    }
  }

  /// Decrypts what was encrypted for this place.
  ///
  /// - Throws: ``EncryptionError/Code/malformed``, ``EncryptionError/Code/wrongKey`` or
  ///   ``EncryptionError/Code/notAuthentic``.
  package func decrypt(
    _ bytes: [UInt8], at place: ValuePlace
  ) throws(EncryptionError) -> [UInt8] {
    let value = try EncryptedValue(bytes)
    guard value.key == id else {
      throw EncryptionError(
        .wrongKey, "\(place) is encrypted under key \(value.key) of \(tenant), not under \(id)")
    }
    do {
      let box = try AES.GCM.SealedBox(
        nonce: AES.GCM.Nonce(data: value.nonce), ciphertext: value.ciphertext, tag: value.tag)
      return Array(
        try AES.GCM.open(
          box, using: Subkey(of: key, salt: Array(value.salt)).key,
          authenticating: place.authenticated(tenant: tenant, key: id)))
    } catch {
      throw EncryptionError(
        .notAuthentic, "\(place) of \(tenant) was changed, or encrypted for another place")
    }
  }

  private func subkeyForEncrypting() -> Subkey {
    current.withLock { current in
      if current.usesLeft == 0 {
        current.subkey = Subkey(of: key, salt: randomBytes(count: Subkey.saltLength))
        current.usesLeft = Subkey.maximumUses
      }
      current.usesLeft -= 1
      return current.subkey
    }
  }
}

extension TenantKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "key \(id) of \(tenant)" }

  /// Shows no key, also to `dump`.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
