package import FoundationEssentials
import SallyportCore

/// The customer's own CA: issues the inner identities of the sealed channel.
///
/// Its key stays with the customer. The gateway, which has no certificate below this root, can
/// carry a sealed channel but not open or imitate one.
package struct TrustRoot: Sendable {
  private let authority: CertificateAuthority

  private init(_ authority: CertificateAuthority) { self.authority = authority }

  /// Makes a new root in memory; ``save(keyPath:certificatePath:)`` writes it.
  ///
  /// - Parameter trustDomain: The customer's own, for example `git.example.com`.
  /// - Throws: ``IdentityError/Code/invalidName`` for a malformed trust domain.
  package static func create(
    trustDomain: String, lifetime: Duration = CertificateLifetime.authority, now: Date = Date()
  ) throws(IdentityError) -> TrustRoot {
    try TrustRoot(
      .create(
        trustDomain: trustDomain, commonName: "Sallyport trust root", lifetime: lifetime, now: now))
  }

  /// Loads the key and the certificate (PEM) and checks that they belong together.
  ///
  /// - Throws: ``IdentityError``, naming the file.
  package static func load(
    keyPath: String, certificatePath: String
  ) throws(IdentityError) -> TrustRoot {
    try TrustRoot(AuthorityFiles.load(keyPath: keyPath, certificatePath: certificatePath))
  }

  /// Writes the key (0600) and the certificate (0644); never overwrites either.
  package func save(keyPath: String, certificatePath: String) throws(IdentityError) {
    try AuthorityFiles.save(authority, keyPath: keyPath, certificatePath: certificatePath)
  }

  var issuer: CertificateAuthority { authority }

  package var trustDomain: String { authority.trustDomain }
  /// DER of the root, which every worker and agent of the customer trusts inside a relay.
  package var certificate: [UInt8] { authority.der }

  package func summary() throws(IdentityError) -> CertificateSummary {
    try CertificateSummary(der: authority.der)
  }

  /// Issues an inner certificate: for clients (workers) or for servers (agents), never both.
  package func issue(
    for request: CertificateRequest, identity: InnerIdentity,
    lifetime: Duration = CertificateLifetime.inner, now: Date = Date()
  ) throws(IdentityError) -> IssuedCertificate {
    let spiffeID: SPIFFEID
    do {
      spiffeID = try identity.spiffeID(trustDomain: trustDomain)
    } catch {
      throw IdentityError(.invalidName, "\(error)")
    }
    let usage: LeafProfile.Usage =
      switch identity {
      case .worker: .client
      case .agent: .server
      }
    let profile = LeafProfile(
      spiffeID: spiffeID, commonName: identity.name.rawValue, usage: usage, lifetime: lifetime)
    return try authority.issue(profile, for: request, now: now)
  }
}
