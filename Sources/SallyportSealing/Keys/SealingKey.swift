internal import Crypto
package import SallyportCore
internal import SallyportIdentity
internal import SwiftASN1

/// An X25519 private key, which opens what was sealed to its public half. It stays with the customer.
package struct SealingKey: Sendable {
  let key: Curve25519.KeyAgreement.PrivateKey
  package let publicKey: SealingPublicKey

  package var id: SealingKeyID { publicKey.id }

  private init(_ key: Curve25519.KeyAgreement.PrivateKey) throws(SealingError) {
    self.key = key
    publicKey = try SealingPublicKey(bytes: Array(key.publicKey.rawRepresentation))
  }

  /// A new key from the system's cryptographic generator.
  package static func generate() throws(SealingError) -> SealingKey {
    try SealingKey(Curve25519.KeyAgreement.PrivateKey())
  }

  init(bytes: [UInt8]) throws(SealingError) {
    guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes) else {
      throw SealingError(.unusableKey, "not an X25519 private key: it has 32 bytes")
    }
    try self.init(key)
  }

  /// Reads `-----BEGIN PRIVATE KEY-----` (PKCS #8), as `openssl genpkey -algorithm x25519` writes it.
  ///
  /// - Throws: ``SealingError/Code/unusableKey``. The text is not repeated.
  package init(pem: String) throws(SealingError) {
    guard let document = try? PEMDocument(pemString: pem),
      document.discriminator == "PRIVATE KEY",
      document.derBytes.count == Self.prefix.count + 32,
      document.derBytes.starts(with: Self.prefix)
    else {
      throw SealingError(
        .unusableKey,
        "not the PEM of an unencrypted X25519 private key ('BEGIN PRIVATE KEY'): make one with "
          + "'sallyport sealing-key create' or 'openssl genpkey -algorithm x25519'")
    }
    try self.init(bytes: Array(document.derBytes.dropFirst(Self.prefix.count)))
  }

  /// - Throws: ``SealingError/Code/unusableKey`` where the file cannot be read, others may read it,
  ///   or it holds another key.
  package init(file: String) throws(SealingError) {
    do {
      let bytes = try DurableFile.read(file, isSecret: true)
      try self.init(pem: String(decoding: bytes, as: UTF8.self))
    } catch let error as IdentityError {
      throw SealingError(.unusableKey, error.message)
    } catch {
      throw SealingError(.unusableKey, "\(file): \(error)")
    }
  }

  /// PKCS #8 PEM, for a key file.
  package var pem: Secret<String> {
    Secret(
      PEMDocument(type: "PRIVATE KEY", derBytes: Self.prefix + Array(key.rawRepresentation))
        .pemString + "\n")
  }

  /// PKCS #8 of an X25519 key up to its 32 bytes (RFC 8410, section 7), without attributes.
  private static let prefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x6E, 0x04, 0x22, 0x04, 0x20,
  ]
}

extension SealingKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<X25519 private key>" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
