internal import Crypto
internal import SallyportIdentity
internal import SwiftASN1

/// The X25519 public key (RFC 7748) of whoever may open what is sealed to it.
package struct SealingPublicKey: Hashable, Sendable {
  package let id: SealingKeyID
  /// 32 bytes.
  package let bytes: [UInt8]

  /// Refuses points of small order, with which every private key agrees on zero: RFC 9180, section
  /// 7.1.4, asks for the check, which the library does not make.
  ///
  /// - Throws: ``SealingError/Code/unusableKey``.
  package init(bytes: [UInt8]) throws(SealingError) {
    let probe = Curve25519.KeyAgreement.PrivateKey()
    guard let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes),
      let shared = try? probe.sharedSecretFromKeyAgreement(with: key),
      shared.withUnsafeBytes({ $0.contains { $0 != 0 } })
    else {
      throw SealingError(.unusableKey, "not an X25519 public key that anything can be sealed to")
    }
    self.bytes = bytes
    id = SealingKeyID(of: bytes)
  }

  /// Reads `-----BEGIN PUBLIC KEY-----`, as `openssl pkey -pubout` writes it (RFC 8410).
  ///
  /// - Throws: ``SealingError/Code/unusableKey``.
  package init(pem: String) throws(SealingError) {
    let prefix = PoolKeyCertificate.publicKeyPrefix
    guard let document = try? PEMDocument(pemString: pem),
      document.discriminator == "PUBLIC KEY",
      document.derBytes.count == prefix.count + 32, document.derBytes.starts(with: prefix)
    else {
      throw SealingError(
        .unusableKey,
        "not the PEM of an X25519 public key ('BEGIN PUBLIC KEY'): make one with 'sallyport "
          + "sealing-key create'")
    }
    try self.init(bytes: Array(document.derBytes.dropFirst(prefix.count)))
  }

  /// - Throws: ``SealingError/Code/unusableKey``, naming the file.
  package init(file: String) throws(SealingError) {
    do {
      try self.init(pem: String(decoding: try DurableFile.read(file), as: UTF8.self))
    } catch let error as IdentityError {
      throw SealingError(.unusableKey, error.message)
    } catch {
      throw SealingError(.unusableKey, "\(file): \(error)")
    }
  }

  package var pem: String {
    PEMDocument(type: "PUBLIC KEY", derBytes: PoolKeyCertificate.publicKeyPrefix + bytes).pemString
      + "\n"
  }

  func agreementKey() throws(SealingError) -> Curve25519.KeyAgreement.PublicKey {
    do {
      return try Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes)
    } catch {
      throw SealingError(.unusableKey, "not an X25519 public key")
    }
  }
}
