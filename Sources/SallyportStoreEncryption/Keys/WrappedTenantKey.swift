/// A tenant key as the store keeps it: nobody reads it without the master key.
package struct WrappedTenantKey: Hashable, Sendable {
  static let version: UInt8 = 1
  private static let headerLength = 1 + MasterKeyID.length
  /// Bytes of what a master key makes of a tenant key.
  package static let maximumWrappedLength = 16 << 10

  /// The master key that unwraps it.
  package let masterKey: MasterKeyID
  /// What the master key made of it.
  package let wrapped: [UInt8]

  /// - Throws: ``EncryptionError/Code/malformed`` where it has no bytes, or too many.
  package init(masterKey: MasterKeyID, wrapped: [UInt8]) throws(EncryptionError) {
    guard (1...Self.maximumWrappedLength).contains(wrapped.count) else {
      throw EncryptionError(.malformed, "a wrapped tenant key has \(wrapped.count) bytes")
    }
    self.masterKey = masterKey
    self.wrapped = wrapped
  }

  /// Reads what ``bytes`` gave.
  ///
  /// - Throws: ``EncryptionError/Code/malformed``.
  package init(_ bytes: [UInt8]) throws(EncryptionError) {
    guard bytes.count > Self.headerLength, bytes[0] == Self.version,
      let masterKey = MasterKeyID(bytes[1..<Self.headerLength])
    else {
      throw EncryptionError(
        .malformed, "a wrapped tenant key is cut, or of a version that this program does not know")
    }
    try self.init(masterKey: masterKey, wrapped: Array(bytes[Self.headerLength...]))
  }

  package var bytes: [UInt8] { [Self.version] + masterKey.bytes + wrapped }
}
