import SallyportCore

/// Accepts the SPIFFE IDs of the gateway's trust domain that name one of the given roles.
struct OuterNamePolicy: NamePolicy {
  /// Nil before enrollment, when a client does not know the gateway's trust domain yet.
  let trustDomain: String?
  let roles: Set<OuterRole>

  func check(_ spiffeID: SPIFFEID) throws(IdentityError) {
    guard trustDomain == nil || spiffeID.trustDomain == trustDomain else {
      throw IdentityError(
        .peerRefused, "the peer's trust domain is not this gateway's: \(spiffeID)")
    }
    guard let identity = GatewayIdentity(spiffeID), roles.contains(OuterRole(identity)) else {
      throw IdentityError(.peerRefused, "the peer has no role on this connection: \(spiffeID)")
    }
  }
}
