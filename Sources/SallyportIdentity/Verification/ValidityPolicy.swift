import FoundationEssentials
import X509

/// Checks the validity period.
///
/// Neither edge tolerates anything, as in the chain check of the TLS engine: issuers backdate for
/// peers whose clocks are behind.
struct ValidityPolicy: LeafPolicy {
  let now: @Sendable () -> Date

  func check(_ leaf: LeafCertificate) throws(IdentityError) {
    let now = now()
    let certificate = leaf.certificate
    guard now < certificate.notValidAfter else {
      throw IdentityError(
        .peerRefused, "the peer's certificate expired at \(certificate.notValidAfter)")
    }
    guard now >= certificate.notValidBefore else {
      throw IdentityError(
        .peerRefused,
        "the peer's certificate is not valid before \(certificate.notValidBefore): check both clocks"
      )
    }
  }
}
