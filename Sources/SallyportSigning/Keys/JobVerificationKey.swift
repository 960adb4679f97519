internal import Crypto
internal import SallyportIdentity
internal import SwiftASN1

/// The public half of a key that signs jobs: Ed25519 (RFC 8032) and nothing else.
package struct JobVerificationKey: Hashable, Sendable {
  package let id: SigningKeyID
  private let publicBytes: [UInt8]

  init(_ key: Curve25519.Signing.PublicKey) {
    publicBytes = Array(key.rawRepresentation)
    id = SigningKeyID(of: publicBytes)
  }

  /// Reads `-----BEGIN PUBLIC KEY-----`, as `openssl pkey -pubout` writes it (RFC 8410).
  ///
  /// - Throws: ``SignedJobError/Code/unusableKey``.
  package init(pem: String) throws(SignedJobError) {
    guard let document = try? PEMDocument(pemString: pem),
      document.discriminator == "PUBLIC KEY",
      let raw = Self.rawKey(document.derBytes),
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
    else {
      throw SignedJobError(
        .unusableKey, "not the PEM of an Ed25519 public key ('BEGIN PUBLIC KEY')")
    }
    self.init(key)
  }

  /// - Throws: ``SignedJobError/Code/unusableKey``, naming the file.
  package init(file: String) throws(SignedJobError) {
    do {
      try self.init(pem: String(decoding: try DurableFile.read(file), as: UTF8.self))
    } catch let error as IdentityError {
      throw SignedJobError(.unusableKey, error.message)
    } catch {
      throw SignedJobError(.unusableKey, "\(file): \(error)")
    }
  }

  package var pem: String {
    PEMDocument(type: "PUBLIC KEY", derBytes: Self.prefix + publicBytes).pemString + "\n"
  }

  package func isValidSignature(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
    guard signature.count == 64,
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicBytes)
    else { return false }
    return key.isValidSignature(signature, for: bytes)
  }

  /// SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410, section 4): every such key
  /// has this one encoding.
  private static let prefix: [UInt8] = [
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]

  private static func rawKey(_ der: [UInt8]) -> [UInt8]? {
    guard der.count == prefix.count + 32, der.starts(with: prefix) else { return nil }
    return Array(der.dropFirst(prefix.count))
  }
}
