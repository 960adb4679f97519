package import FoundationEssentials
package import SallyportCore
import X509

/// What people and renewal need to know of a certificate. It says nothing of trust.
package struct CertificateSummary: Sendable, Hashable {
  /// Nil where the certificate does not have exactly one URI name that is a SPIFFE ID with a path.
  package let spiffeID: SPIFFEID?
  /// SHA-256 of the DER, as lower-case hexadecimal digits.
  package let fingerprint: String
  /// Lower-case hexadecimal digits.
  package let serialNumber: String
  /// SHA-256 of the key's SubjectPublicKeyInfo DER, as lower-case hexadecimal digits; nil for
  /// another kind of key than ECDSA P-256.
  package let publicKeyFingerprint: String?
  package let notBefore: Date
  package let notAfter: Date

  /// - Throws: ``IdentityError/Code/invalidCertificate``.
  package init(der: [UInt8]) throws(IdentityError) {
    let leaf = try LeafCertificate(der: der)
    let certificate = leaf.certificate
    spiffeID = try? leaf.spiffeID()
    fingerprint = leaf.fingerprint
    serialNumber = leaf.serialNumber
    publicKeyFingerprint = leaf.publicKeyFingerprint
    notBefore = certificate.notValidBefore
    notAfter = certificate.notValidAfter
  }
}
