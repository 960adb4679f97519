internal import Crypto
internal import FoundationEssentials
internal import SallyportBytes

/// A master key that the gateway itself holds: AES-256-GCM.
///
/// Nonces are random. It wraps one key for each tenant and rotation, far from the 2^32 that AES-GCM
/// allows with them.
package struct LocalMasterKey: MasterKey {
  package let id: MasterKeyID
  private let key: SymmetricKey

  package init(_ bytes: SymmetricKeyBytes) {
    key = bytes.key
    let fields = CanonicalFields(purpose: "sallyport master key id v1")
    // Derived, so that the key's own bytes are never compared or shown.
    id = MasterKeyID(
      first: HKDF<SHA256>.expand(
        pseudoRandomKey: bytes.key, info: fields.bytes, outputByteCount: MasterKeyID.length
      ).withUnsafeBytes { Array($0) })
  }

  package func wrap(
    _ key: SymmetricKeyBytes, binding: [UInt8]
  ) async throws(EncryptionError) -> [UInt8] {
    do {
      let box = try key.key.withUnsafeBytes { bytes in
        try AES.GCM.seal(
          bytes, using: self.key, nonce: AES.GCM.Nonce(), authenticating: binding)
      }
      return Array(box.nonce) + box.ciphertext + box.tag
    } catch {
      throw EncryptionError(.unusableMasterKey, "the master key cannot wrap a key")
    }
  }

  package func unwrap(
    _ wrapped: [UInt8], binding: [UInt8]
  ) async throws(EncryptionError) -> SymmetricKeyBytes {
    do {
      var bytes = Array(
        try AES.GCM.open(
          AES.GCM.SealedBox(combined: wrapped), using: key, authenticating: binding))
      defer { bytes.wipe() }
      guard let key = bytes.withUnsafeBytes({ SymmetricKeyBytes($0) }) else {
        throw EncryptionError(.malformed, "a wrapped tenant key holds no key")
      }
      return key
    } catch {
      throw EncryptionError(
        .notAuthentic, "a wrapped tenant key was changed, or is another tenant's")
    }
  }
}

extension LocalMasterKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "master key \(id)" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
