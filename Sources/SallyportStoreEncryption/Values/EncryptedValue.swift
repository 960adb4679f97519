internal import FoundationEssentials
internal import SallyportBytes

/// An encrypted value as the store has it, taken apart and not decrypted.
package struct EncryptedValue: Hashable, Sendable {
  static let version: UInt8 = 1
  static let nonceLength = 12
  static let tagLength = 16
  private static let headerLength = 1 + 4 + Subkey.saltLength + nonceLength

  /// Bytes that encrypting adds.
  package static let overhead = headerLength + tagLength
  /// Bytes of a value: more than any column of the store holds.
  package static let maximumLength = 16 << 20

  /// The key that it is encrypted under.
  package let key: TenantKeyID
  let salt: ArraySlice<UInt8>
  let nonce: ArraySlice<UInt8>
  let ciphertext: ArraySlice<UInt8>
  let tag: ArraySlice<UInt8>

  /// - Throws: ``EncryptionError/Code/malformed``.
  package init(_ bytes: [UInt8]) throws(EncryptionError) {
    guard let version = bytes.first else {
      throw EncryptionError(.malformed, "an encrypted value is empty")
    }
    guard version == Self.version else {
      throw EncryptionError(
        .malformed,
        "an encrypted value is of version \(version); this program knows \(Self.version)")
    }
    guard bytes.count >= Self.overhead, bytes.count - Self.overhead <= Self.maximumLength else {
      throw EncryptionError(.malformed, "an encrypted value has \(bytes.count) bytes")
    }
    guard let number = UInt32(bigEndianBytes: bytes[1..<5]), let key = TenantKeyID(number) else {
      throw EncryptionError(.malformed, "an encrypted value names no key")
    }
    self.key = key
    let nonceStart = 5 + Subkey.saltLength
    salt = bytes[5..<nonceStart]
    nonce = bytes[nonceStart..<Self.headerLength]
    ciphertext = bytes[Self.headerLength..<(bytes.count - Self.tagLength)]
    tag = bytes[(bytes.count - Self.tagLength)...]
  }

  static func bytes(
    key: TenantKeyID, salt: [UInt8], nonce: [UInt8], ciphertext: some Collection<UInt8>,
    tag: some Collection<UInt8>
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(ciphertext.count + overhead)
    bytes.append(version)
    bytes.append(contentsOf: key.rawValue.bigEndianBytes)
    bytes.append(contentsOf: salt)
    bytes.append(contentsOf: nonce)
    bytes.append(contentsOf: ciphertext)
    bytes.append(contentsOf: tag)
    return bytes
  }
}
