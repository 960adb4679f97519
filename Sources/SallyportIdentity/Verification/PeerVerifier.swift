package import FoundationEssentials
package import SallyportCore
import X509

/// Makes the `PeerVerification` of each kind of connection out of small policies.
///
/// All of them require an X.509-SVID leaf: exactly one URI name with a path, `digitalSignature`,
/// no CA, no unknown critical extension, ECDSA P-256, within its validity.
package enum PeerVerifier {
  /// For the gateway's agents and operator listeners.
  ///
  /// - Parameter roles: Who the listener serves: `[.worker, .agent]` or `[.operatorNamed]`.
  package static func outerClient(
    trustDomain: String, roles: Set<OuterRole>, now: @escaping @Sendable () -> Date = { Date() }
  ) -> PeerVerification {
    verification(
      now: now, purpose: .client, name: OuterNamePolicy(trustDomain: trustDomain, roles: roles))
  }

  /// For clients of the gateway. The TLS engine checks the host name as well.
  ///
  /// - Parameter trustDomain: That of the client's own certificate; nil for a client that has
  ///   none yet (enrollment), which accepts the gateway of whatever domain its pinned CA vouches
  ///   for.
  package static func gatewayServer(
    trustDomain: String?, now: @escaping @Sendable () -> Date = { Date() }
  ) -> PeerVerification {
    verification(
      now: now, purpose: .server, name: OuterNamePolicy(trustDomain: trustDomain, roles: [.gateway])
    )
  }

  /// For the VCS agent's side of a sealed channel: accepts workers of the trust root.
  package static func innerWorker(
    trustDomain: String, now: @escaping @Sendable () -> Date = { Date() }
  ) -> PeerVerification {
    verification(
      now: now, purpose: .client, name: InnerNamePolicy(trustDomain: trustDomain, role: .worker))
  }

  /// For the worker's side of a sealed channel: accepts VCS agents of the trust root.
  package static func innerAgent(
    trustDomain: String, now: @escaping @Sendable () -> Date = { Date() }
  ) -> PeerVerification {
    verification(
      now: now, purpose: .server, name: InnerNamePolicy(trustDomain: trustDomain, role: .agent))
  }

  private static func verification(
    now: @escaping @Sendable () -> Date, purpose: ExtendedKeyUsagePolicy.Purpose,
    name: some NamePolicy
  ) -> PeerVerification {
    let policies: [any LeafPolicy] = [
      CriticalExtensionPolicy(), EndEntityPolicy(), ExtendedKeyUsagePolicy(purpose: purpose),
      PublicKeyPolicy(), ValidityPolicy(now: now),
    ]
    return { chainDER in
      guard let der = chainDER.first else {
        throw IdentityError(.peerRefused, "the peer presented no certificate")
      }
      let leaf = try LeafCertificate(der: der)
      for policy in policies { try policy.check(leaf) }
      let spiffeID = try leaf.spiffeID()
      try name.check(spiffeID)
      return PeerIdentity(
        spiffeID: spiffeID, certificateFingerprint: leaf.fingerprint,
        serialNumber: leaf.serialNumber,
        notAfter: Int64(leaf.certificate.notValidAfter.timeIntervalSince1970))
    }
  }
}
