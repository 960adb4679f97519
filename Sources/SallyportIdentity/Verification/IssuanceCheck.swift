package import FoundationEssentials
package import SallyportCore
import X509

/// What a worker or agent checks of a certificate that the gateway issued, before it replaces a
/// working one.
package enum IssuanceCheck {
  /// Certificates in one chain; Sallyport issues one or two.
  private static let maximumChainLength = 8

  /// Checks key, signatures up to one of the roots, validity, and that the name is one of `role`.
  ///
  /// - Parameters:
  ///   - chain: DER, leaf first.
  ///   - roots: DER.
  ///   - expected: The only acceptable SPIFFE ID, where known.
  /// - Throws: ``IdentityError``.
  package static func verify(
    chain: [[UInt8]], roots: [[UInt8]], key: SigningKey, role: OuterRole,
    expected: SPIFFEID? = nil, now: Date = Date()
  ) throws(IdentityError) -> Credentials {
    guard chain.count <= maximumChainLength, roots.count <= maximumChainLength else {
      throw IdentityError(
        .invalidCertificate, "more than \(maximumChainLength) certificates in a chain")
    }
    let credentials = try Credentials(chain: chain, key: key, roots: roots)
    try verifySignatures(chain: chain, roots: roots)
    try credentials.requireValid(at: now)
    guard let spiffeID = credentials.leaf.spiffeID else {
      throw IdentityError(.invalidCertificate, "the issued certificate names no SPIFFE ID")
    }
    if let expected, expected != spiffeID {
      throw IdentityError(
        .invalidCertificate, "the issued certificate names \(spiffeID) instead of \(expected)")
    }
    // Whether it has begun is for the gateway's clock to say, which may be ahead of this one.
    let begun = max(now, credentials.leaf.notBefore)
    let verify = PeerVerifier.outerClient(
      trustDomain: spiffeID.trustDomain, roles: [role], now: { begun })
    do {
      _ = try verify(chain)
    } catch {
      throw IdentityError(
        .invalidCertificate, "the gateway would refuse the certificate that it issued",
        cause: error)
    }
    return credentials
  }

  private static func verifySignatures(
    chain: [[UInt8]], roots: [[UInt8]]
  ) throws(IdentityError) {
    var path: [LeafCertificate] = []
    for der in chain { path.append(try LeafCertificate(der: der)) }
    var anchors: [LeafCertificate] = []
    for der in roots { anchors.append(try LeafCertificate(der: der)) }
    for index in path.indices {
      let candidates = index + 1 < path.count ? [path[index + 1]] : anchors
      var isSigned = false
      for candidate in candidates where !isSigned {
        isSigned = try hasIssued(candidate, path[index])
      }
      guard isSigned else {
        throw IdentityError(
          .invalidCertificate, "the issued certificate does not lead to the CA that came with it")
      }
    }
  }

  private static func hasIssued(
    _ issuer: LeafCertificate, _ subject: LeafCertificate
  ) throws(IdentityError) -> Bool {
    guard case .isCertificateAuthority = try issuer.read({ try $0.basicConstraints }),
      issuer.certificate.subject == subject.certificate.issuer
    else { return false }
    return issuer.certificate.publicKey.isValidSignature(
      subject.certificate.signature, for: subject.certificate)
  }
}
