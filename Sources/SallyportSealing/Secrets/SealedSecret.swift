package import SallyportCore
internal import SallyportIdentity

/// A secret's value, sealed to a worker pool's key (RFC 9180). What the gateway stores of it.
///
/// ```
/// 0   u8   version of the format: 1
/// 1        id of the key, 32 bytes
/// 33       encapsulated key, 32 bytes
/// 65       ciphertext: as long as the value, and a tag of 16 bytes
/// ```
package struct SealedSecret: Hashable, Sendable {
  /// Bytes of a value.
  package static let maximumValue = 65_536
  package static let maximumLength = headerLength + maximumValue + Sealing.tagLength

  private static let version: UInt8 = 1
  private static let headerLength = 1 + SealingKeyID.length + Sealing.encapsulatedLength
  private static let info = Array("sallyport sealed secret v1".utf8)

  /// To which it is sealed.
  package let keyID: SealingKeyID
  private let encapsulated: [UInt8]
  private let ciphertext: [UInt8]

  /// Seals a value on the machine of whoever has it.
  ///
  /// - Throws: ``SealingError/Code/tooLong``; ``SealingError/Code/unusableKey`` where the key is that
  ///   of another pool.
  package static func seal(
    _ value: Secret<[UInt8]>, to key: PoolKey, as scope: SealedSecretScope
  ) throws(SealingError) -> SealedSecret {
    guard key.certificate.tenant == scope.tenant, key.certificate.pool == scope.pool else {
      throw SealingError(.unusableKey, "the key is not that of pool '\(scope.pool)'")
    }
    return try value.withValue { (value) throws(SealingError) in
      guard value.count <= maximumValue else {
        throw SealingError(
          .tooLong, "the value has \(value.count) bytes, a sealed secret at most \(maximumValue)")
      }
      let sealed = try Sealing.seal(
        value, to: try key.publicKey.agreementKey(), info: info, authenticating: scope.fields)
      return SealedSecret(
        keyID: key.id, encapsulated: sealed.encapsulated, ciphertext: sealed.ciphertext)
    }
  }

  private init(keyID: SealingKeyID, encapsulated: [UInt8], ciphertext: [UInt8]) {
    self.keyID = keyID
    self.encapsulated = encapsulated
    self.ciphertext = ciphertext
  }

  /// - Throws: ``SealingError/Code/malformed``.
  package init(parsing bytes: [UInt8]) throws(SealingError) {
    guard (Self.headerLength + Sealing.tagLength...Self.maximumLength).contains(bytes.count),
      bytes[0] == Self.version,
      let id = SealingKeyID(bytes: bytes[1..<1 + SealingKeyID.length])
    else {
      throw SealingError(
        .malformed, "not a sealed secret, or one of a newer version than this one knows")
    }
    keyID = id
    encapsulated = Array(bytes[(1 + SealingKeyID.length)..<Self.headerLength])
    ciphertext = Array(bytes[Self.headerLength...])
  }

  package var bytes: [UInt8] { [Self.version] + keyID.bytes + encapsulated + ciphertext }

  /// Opens the secret as what it is said to be.
  ///
  /// - Throws: ``SealingError/Code/unknownKey``, ``SealingError/Code/notAuthentic``.
  package func open(
    as scope: SealedSecretScope, with keys: SealingKeyring
  ) throws(SealingError) -> Secret<[UInt8]> {
    let key = try keys.key(keyID)
    do {
      return Secret(
        try Sealing.open(
          ciphertext, encapsulated: encapsulated, with: key.key, info: Self.info,
          authenticating: scope.fields))
    } catch {
      throw SealingError(
        error.code,
        "the sealed secret '\(scope.name)' (context '\(scope.context)', version \(scope.version)) is "
          + "not what was sealed for pool '\(scope.pool)': set it again")
    }
  }
}
