import Crypto
package import FoundationEssentials
package import SallyportCore
import X509

/// The trust root's word that an X25519 key is the one to which a worker pool's secrets are sealed.
///
/// An X.509 certificate for key agreement only (RFC 8410), so that it is of no use in TLS and any
/// X.509 tool can verify it. It names tenant and pool:
/// `spiffe://<trust domain>/tenant/<tenant>/pool/<pool>/sealing`. The gateway hands certificates out
/// but can make none, and so cannot have secrets sealed to a key of its own.
package struct PoolKeyCertificate: Hashable, Sendable {
  package let der: [UInt8]
  /// The 32 bytes of an X25519 key (RFC 7748).
  package let publicKey: [UInt8]
  package let tenant: TenantName
  package let pool: PoolName
  /// The customer's own, as the root says it.
  package let trustDomain: String
  package let notBefore: Date
  package let notAfter: Date

  /// SubjectPublicKeyInfo of an X25519 key up to its 32 bytes (RFC 8410, section 4).
  package static let publicKeyPrefix: [UInt8] = [
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x6E, 0x03, 0x21, 0x00,
  ]
  /// How far ahead of the verifier's clock the issuer's may be, in seconds.
  private static let clockSkew: TimeInterval = 60

  /// Verifies a certificate below one of the customer's roots.
  ///
  /// - Parameter roots: DER, as `root.pem` holds them.
  /// - Throws: ``IdentityError/Code/peerRefused`` where no root has signed it;
  ///   ``IdentityError/Code/expired``; ``IdentityError/Code/invalidCertificate``.
  package init(verifying der: [UInt8], roots: [[UInt8]], now: Date) throws(IdentityError) {
    guard der.count <= LeafCertificate.maximumSize else {
      throw IdentityError(.invalidCertificate, "the pool key's certificate is too large")
    }
    let parts: KeySubstitution
    do {
      parts = try KeySubstitution(der: der)
    } catch {
      throw IdentityError(.invalidCertificate, "not the certificate of a pool key", cause: error)
    }
    guard parts.publicKeyInfo.count == Self.publicKeyPrefix.count + 32,
      parts.publicKeyInfo.starts(with: Self.publicKeyPrefix)
    else {
      throw IdentityError(.invalidCertificate, "the certificate is not about an X25519 key")
    }
    // Nothing is read of a certificate that no root has signed.
    let root = try Self.issuer(of: parts, among: roots, now: now)
    let leaf = try Self.rest(of: parts, root: root)
    try Self.checkProfile(leaf, root: root)
    guard leaf.certificate.notValidBefore <= now + Self.clockSkew,
      now < leaf.certificate.notValidAfter
    else {
      throw IdentityError(
        .expired,
        "the pool key's certificate is valid from \(leaf.certificate.notValidBefore) to "
          + "\(leaf.certificate.notValidAfter) only: check the clock, or certify a new key with "
          + "'sallyport sealing-key certify'")
    }
    let id = try leaf.spiffeID()
    (tenant, pool) = try Self.names(in: id, trustDomain: Self.trustDomain(of: root))
    trustDomain = id.trustDomain
    self.der = der
    publicKey = Array(parts.publicKeyInfo.suffix(32))
    notBefore = leaf.certificate.notValidBefore
    notAfter = leaf.certificate.notValidAfter
  }

  private static func issuer(
    of parts: KeySubstitution, among roots: [[UInt8]], now: Date
  ) throws(IdentityError) -> LeafCertificate {
    for der in roots {
      let root = try LeafCertificate(der: der)
      guard case .isCertificateAuthority = try root.read({ try $0.basicConstraints }),
        try root.read({ try $0.keyUsage })?.keyCertSign == true,
        let key = P256.Signing.PublicKey(root.certificate.publicKey),
        let signature = try? P256.Signing.ECDSASignature(derRepresentation: parts.signature),
        key.isValidSignature(signature, for: parts.signedPart)
      else { continue }
      guard root.certificate.notValidBefore <= now, now < root.certificate.notValidAfter else {
        throw IdentityError(.expired, "the trust root is not valid now: check the clock")
      }
      return root
    }
    throw IdentityError(
      .peerRefused,
      "the pool key is not certified by your trust root; nothing is sealed to it. If the pool's key "
        + "is yours, certify it with 'sallyport sealing-key certify'")
  }

  /// All that the certificate says beside its key.
  private static func rest(
    of parts: KeySubstitution, root: LeafCertificate
  ) throws(IdentityError) -> LeafCertificate {
    let standIn = P256.Signing.PublicKey(root.certificate.publicKey)?.derRepresentation ?? Data()
    let bytes: [UInt8]
    do {
      bytes = try parts.certificate(with: Array(standIn))
    } catch {
      throw IdentityError(.invalidCertificate, "not the certificate of a pool key", cause: error)
    }
    return try LeafCertificate(der: bytes)
  }

  private static func checkProfile(
    _ leaf: LeafCertificate, root: LeafCertificate
  ) throws(IdentityError) {
    guard leaf.certificate.issuer == root.certificate.subject,
      leaf.certificate.signatureAlgorithm == .ecdsaWithSHA256,
      case .notCertificateAuthority? = try leaf.read({ try $0.basicConstraints }),
      try leaf.read({ try $0.keyUsage }) == KeyUsage(keyAgreement: true)
    else {
      throw IdentityError(
        .invalidCertificate, "the certificate was not issued for the key of a worker pool")
    }
    let known: Set = [
      ASN1.basicConstraints, ASN1.keyUsage, ASN1.subjectAlternativeName,
    ]
    for one in leaf.certificate.extensions where one.critical && !known.contains(one.oid) {
      throw IdentityError(
        .invalidCertificate, "the certificate has a critical extension that is not known here")
    }
  }

  private typealias ASN1 = PoolKeyExtension

  private static func trustDomain(of root: LeafCertificate) throws(IdentityError) -> String {
    let scheme = "spiffe://"
    guard let uri = try root.uris().first, uri.hasPrefix(scheme) else {
      throw IdentityError(.invalidCertificate, "the trust root does not name its trust domain")
    }
    return String(uri.dropFirst(scheme.count))
  }

  private static func names(
    in id: SPIFFEID, trustDomain: String
  ) throws(IdentityError) -> (TenantName, PoolName) {
    let parts = id.segments
    guard id.trustDomain == trustDomain, parts.count == 5, parts[0] == "tenant",
      parts[2] == "pool", parts[4] == "sealing", let tenant = try? TenantName(parts[1]),
      let pool = try? PoolName(parts[3])
    else {
      throw IdentityError(.invalidCertificate, "the certificate does not name a worker pool's key")
    }
    return (tenant, pool)
  }
}
