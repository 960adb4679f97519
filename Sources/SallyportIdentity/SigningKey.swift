import Crypto
package import SallyportCore
import SwiftASN1
import X509

/// An ECDSA P-256 private key. It never leaves the host that made it.
package struct SigningKey: Sendable {
  let key: P256.Signing.PrivateKey

  init(_ key: P256.Signing.PrivateKey) { self.key = key }

  /// A new key from the system's cryptographic generator.
  package static func generate() -> SigningKey { SigningKey(P256.Signing.PrivateKey()) }

  /// - Throws: ``IdentityError/Code/invalidCertificate`` where the text is not the PEM of a P-256
  ///   private key (PKCS #8 or SEC 1). The text is not repeated.
  package init(pem: String) throws(IdentityError) {
    do {
      key = try P256.Signing.PrivateKey(pemRepresentation: pem)
    } catch {
      throw IdentityError(
        .invalidCertificate, "not the PEM of an unencrypted ECDSA P-256 private key")
    }
  }

  /// PKCS #8 DER, the form that the TLS engine takes.
  package var derRepresentation: Secret<[UInt8]> { Secret(Array(key.derRepresentation)) }

  /// PKCS #8 PEM, for key files.
  package var pemRepresentation: Secret<String> { Secret(key.pemRepresentation + "\n") }

  package var publicKeyFingerprint: String {
    fingerprint(of: Array(key.publicKey.derRepresentation))
  }

  /// A certificate signing request (PKCS #10, DER) that proves possession of this key and names
  /// nobody: the issuer sets every name.
  package func certificateRequest() throws(IdentityError) -> [UInt8] {
    do {
      let request = try CertificateSigningRequest(
        version: .v1, subject: DistinguishedName(), privateKey: Certificate.PrivateKey(key),
        attributes: CertificateSigningRequest.Attributes())
      var serializer = DER.Serializer()
      try serializer.serialize(request)
      return serializer.serializedBytes
    } catch {
      throw IdentityError(.invalidRequest, "cannot make a certificate request", cause: error)
    }
  }

  /// Whether the certificate (DER) is about this key.
  package func matches(certificate der: [UInt8]) -> Bool {
    guard let certificate = try? Certificate(derEncoded: der) else { return false }
    return certificate.publicKey == Certificate.PublicKey(key.publicKey)
  }
}

extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<P-256 private key>" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
