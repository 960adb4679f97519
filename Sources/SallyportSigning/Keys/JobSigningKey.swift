internal import Crypto
package import SallyportCore
internal import SallyportIdentity
internal import SwiftASN1

/// An Ed25519 private key that signs jobs. It stays with the customer.
package struct JobSigningKey: Sendable {
  private let key: Curve25519.Signing.PrivateKey

  private init(_ key: Curve25519.Signing.PrivateKey) { self.key = key }

  /// A new key from the system's cryptographic generator.
  package static func generate() -> JobSigningKey {
    JobSigningKey(Curve25519.Signing.PrivateKey())
  }

  package var publicKey: JobVerificationKey { JobVerificationKey(key.publicKey) }
  package var id: SigningKeyID { publicKey.id }

  /// Reads `-----BEGIN PRIVATE KEY-----` (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it.
  ///
  /// - Throws: ``SignedJobError/Code/unusableKey``. The text is not repeated.
  package init(pem: String) throws(SignedJobError) {
    guard let document = try? PEMDocument(pemString: pem),
      document.discriminator == "PRIVATE KEY",
      document.derBytes.count == Self.prefix.count + 32,
      document.derBytes.starts(with: Self.prefix),
      let key = try? Curve25519.Signing.PrivateKey(
        rawRepresentation: document.derBytes.dropFirst(Self.prefix.count))
    else {
      throw SignedJobError(
        .unusableKey,
        "not the PEM of an unencrypted Ed25519 private key ('BEGIN PRIVATE KEY'): make one with "
          + "'sallyport key create' or 'openssl genpkey -algorithm ed25519'")
    }
    self.key = key
  }

  /// - Throws: ``SignedJobError/Code/unusableKey`` where the file cannot be read, others may read
  ///   it, or it holds another key.
  package init(file: String) throws(SignedJobError) {
    do {
      let bytes = try DurableFile.read(file, isSecret: true)
      try self.init(pem: String(decoding: bytes, as: UTF8.self))
    } catch let error as IdentityError {
      throw SignedJobError(.unusableKey, error.message)
    } catch {
      throw SignedJobError(.unusableKey, "\(file): \(error)")
    }
  }

  /// PKCS #8 PEM, for a key file.
  package var pem: Secret<String> {
    Secret(
      PEMDocument(type: "PRIVATE KEY", derBytes: Self.prefix + Array(key.rawRepresentation))
        .pemString + "\n")
  }

  /// - Throws: ``SignedJobError/Code/unusableKey`` where the library cannot sign.
  package func signature(for bytes: [UInt8]) throws(SignedJobError) -> [UInt8] {
    do {
      return Array(try key.signature(for: bytes))
    } catch {
      throw SignedJobError(.unusableKey, "cannot sign: \(error)")
    }
  }

  /// PKCS #8 of an Ed25519 key up to its 32 bytes (RFC 8410, section 7), without attributes.
  private static let prefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
}

extension JobSigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<Ed25519 private key>" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
