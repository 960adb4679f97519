package import FoundationEssentials
package import SallyportCore

/// The vendor's CA: issues the outer identities of workers, VCS agents, operators and the gateway.
///
/// Who a certificate names is an argument of the caller, who takes it from a token's pool or from
/// the current certificate; nothing in a request has a say (adversarial requests ask for more).
package struct GatewayCA: Sendable {
  private let authority: CertificateAuthority

  private init(_ authority: CertificateAuthority) { self.authority = authority }

  /// Makes a new CA in memory; ``save(keyPath:certificatePath:)`` writes it.
  ///
  /// - Parameter lifetime: Ten years by default: rolling a CA over means visiting every customer.
  /// - Throws: ``IdentityError/Code/invalidName`` for a malformed trust domain.
  package static func create(
    trustDomain: String, lifetime: Duration = CertificateLifetime.authority, now: Date = Date()
  ) throws(IdentityError) -> GatewayCA {
    try GatewayCA(
      .create(
        trustDomain: trustDomain, commonName: "Sallyport gateway CA", lifetime: lifetime, now: now))
  }

  /// Loads the key and the certificate (PEM) and checks that they belong together.
  ///
  /// - Throws: ``IdentityError``, naming the file.
  package static func load(
    keyPath: String, certificatePath: String
  ) throws(IdentityError) -> GatewayCA {
    try GatewayCA(AuthorityFiles.load(keyPath: keyPath, certificatePath: certificatePath))
  }

  /// Writes the key (0600) and the certificate (0644); never overwrites either.
  package func save(keyPath: String, certificatePath: String) throws(IdentityError) {
    try AuthorityFiles.save(authority, keyPath: keyPath, certificatePath: certificatePath)
  }

  package var trustDomain: String { authority.trustDomain }
  /// DER of the root, which workers and agents pin and the listeners verify clients with.
  package var certificate: [UInt8] { authority.der }

  package func summary() throws(IdentityError) -> CertificateSummary {
    try CertificateSummary(der: authority.der)
  }

  /// Issues a client certificate to a worker, a VCS agent or an operator.
  ///
  /// - Throws: ``IdentityError/Code/invalidName`` for `.gateway`, which takes
  ///   ``issueServer(for:names:lifetime:now:)``.
  package func issue(
    for request: CertificateRequest, identity: GatewayIdentity,
    lifetime: Duration = CertificateLifetime.outer, now: Date = Date()
  ) throws(IdentityError) -> IssuedCertificate {
    let commonName: String
    switch identity {
    case .worker(_, _, let id): commonName = id.rawValue
    case .agent(_, _, let id): commonName = id.rawValue
    case .operatorNamed(_, let name): commonName = name.rawValue
    case .gateway:
      throw IdentityError(.invalidName, "the gateway's certificate is a server certificate")
    }
    let profile = LeafProfile(
      spiffeID: try spiffeID(of: identity), commonName: commonName, usage: .client,
      lifetime: lifetime)
    return try authority.issue(profile, for: request, now: now)
  }

  /// Issues the gateway's own server certificate.
  ///
  /// - Parameter names: What clients dial; at least one.
  /// - Throws: ``IdentityError/Code/invalidName`` where there is no name.
  package func issueServer(
    for request: CertificateRequest, names: ServerNames,
    lifetime: Duration = CertificateLifetime.outer, now: Date = Date()
  ) throws(IdentityError) -> IssuedCertificate {
    guard !names.isEmpty else {
      throw IdentityError(
        .invalidName, "a server certificate needs at least one DNS name or IP address")
    }
    let profile = LeafProfile(
      spiffeID: try spiffeID(of: .gateway), commonName: "gateway", usage: .server,
      serverNames: names, lifetime: lifetime)
    return try authority.issue(profile, for: request, now: now)
  }

  private func spiffeID(of identity: GatewayIdentity) throws(IdentityError) -> SPIFFEID {
    do {
      return try identity.spiffeID(trustDomain: trustDomain)
    } catch {
      throw IdentityError(.invalidName, "\(error)")
    }
  }
}
