package import FoundationEssentials
package import SallyportCore

/// A key, its certificate and the roots to verify peers with: what a TLS configuration needs.
package struct Credentials: Sendable {
  /// DER, leaf first.
  package let chain: [[UInt8]]
  package let key: SigningKey
  /// DER.
  package let roots: [[UInt8]]
  package let leaf: CertificateSummary
  /// PKCS #8 DER. The same bytes each time, not merely equal ones: listeners look at them for every
  /// connection.
  package let privateKey: Secret<[UInt8]>

  /// - Throws: ``IdentityError/Code/keyMismatch`` where the certificate is not about the key;
  ///   ``IdentityError/Code/invalidCertificate`` where there is no chain or no root.
  package init(
    chain: [[UInt8]], key: SigningKey, roots: [[UInt8]]
  ) throws(IdentityError) {
    guard let leaf = chain.first, !roots.isEmpty else {
      throw IdentityError(
        .invalidCertificate, "credentials need a certificate and at least one root")
    }
    guard key.matches(certificate: leaf) else {
      throw IdentityError(.keyMismatch, "the certificate is not about this key")
    }
    self.chain = chain
    self.key = key
    self.roots = roots
    self.leaf = try CertificateSummary(der: leaf)
    self.privateKey = key.derRepresentation
  }

  /// An expired certificate is never presented: the peer would refuse it, after a handshake that
  /// looks like a network fault.
  ///
  /// - Throws: ``IdentityError/Code/expired``.
  package func requireValid(at now: Date = Date()) throws(IdentityError) {
    guard now < leaf.notAfter else {
      throw IdentityError(
        .expired, "the certificate expired at \(leaf.notAfter): issue a new one (enroll again)")
    }
  }
}
