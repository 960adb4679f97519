import Crypto
import SwiftASN1
import X509

/// A certificate signing request whose sender has proved to hold its key.
///
/// Only the key is taken from it. Subject, alternative names and requested extensions are not
/// even looked at: the issuer decides who a key is.
package struct CertificateRequest: Sendable {
  /// Bytes of DER; a request for a P-256 key has about 200.
  package static let maximumSize = 16 * 1_024

  let publicKey: P256.Signing.PublicKey

  /// Parses PKCS #10 (RFC 2986) DER and verifies its self-signature.
  ///
  /// - Throws: ``IdentityError/Code/invalidRequest`` or ``IdentityError/Code/weakKey``.
  package init(verifying der: [UInt8]) throws(IdentityError) {
    guard der.count <= Self.maximumSize else {
      throw IdentityError(
        .invalidRequest,
        "the certificate request has \(der.count) bytes, at most \(Self.maximumSize) are allowed")
    }
    let request: CertificateSigningRequest
    do {
      request = try CertificateSigningRequest(derEncoded: der)
    } catch let error as CertificateError where error.code == .unsupportedPublicKeyAlgorithm {
      throw Self.weakKey
    } catch {
      throw IdentityError(.invalidRequest, "not a PKCS #10 certificate request", cause: error)
    }
    guard let key = P256.Signing.PublicKey(request.publicKey) else { throw Self.weakKey }
    guard request.publicKey.isValidSignature(request.signature, for: request) else {
      throw IdentityError(
        .invalidRequest, "the certificate request is not signed by the key that it names")
    }
    publicKey = key
  }

  /// SHA-256 of the key's SubjectPublicKeyInfo DER, as lower-case hexadecimal digits. A token
  /// binds to it, so that a retry with the same key is told from another host.
  package var publicKeyFingerprint: String { fingerprint(of: Array(publicKey.derRepresentation)) }

  private static var weakKey: IdentityError {
    IdentityError(
      .weakKey, "the certificate request's key is not ECDSA P-256: make a new key on this curve")
  }
}
