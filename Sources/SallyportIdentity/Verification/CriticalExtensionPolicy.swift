import SwiftASN1
import X509

/// Refuses critical extensions that the other policies do not read (RFC 5280, section 4.2).
struct CriticalExtensionPolicy: LeafPolicy {
  private static let understood: [ASN1ObjectIdentifier] = [
    .X509ExtensionID.basicConstraints, .X509ExtensionID.keyUsage,
    .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectAlternativeName,
  ]

  func check(_ leaf: LeafCertificate) throws(IdentityError) {
    for item in leaf.certificate.extensions
    where item.critical && !Self.understood.contains(item.oid) {
      throw IdentityError(
        .peerRefused, "the peer's certificate has an unknown critical extension \(item.oid)")
    }
  }
}
