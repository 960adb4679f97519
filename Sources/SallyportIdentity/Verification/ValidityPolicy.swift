import FoundationEssentials
import X509

/// Checks the validity period.
///
/// The start tolerates an issuer whose clock is ahead; the end tolerates nothing, so that a
/// certificate never outlives what its issuer said. Issuers backdate for peers that are behind.
struct ValidityPolicy: LeafPolicy {
  /// How far ahead of this host's clock a certificate may begin: five minutes.
  static let startTolerance: Duration = .seconds(300)

  let now: @Sendable () -> Date

  func check(_ leaf: LeafCertificate) throws(IdentityError) {
    let now = now()
    let certificate = leaf.certificate
    guard now < certificate.notValidAfter else {
      throw IdentityError(
        .peerRefused, "the peer's certificate expired at \(certificate.notValidAfter)")
    }
    guard now >= certificate.notValidBefore - Self.startTolerance.timeInterval else {
      throw IdentityError(
        .peerRefused,
        "the peer's certificate is not valid before \(certificate.notValidBefore): check both clocks"
      )
    }
  }
}
