import SallyportCore

/// Accepts the SPIFFE IDs of the customer's trust domain that name the other end of a sealed
/// channel: workers accept only agents, agents only workers.
struct InnerNamePolicy: NamePolicy {
  enum Role { case worker, agent }

  let trustDomain: String
  let role: Role

  func check(_ spiffeID: SPIFFEID) throws(IdentityError) {
    guard spiffeID.trustDomain == trustDomain else {
      throw IdentityError(.peerRefused, "the peer is of another trust domain: \(spiffeID)")
    }
    switch (InnerIdentity(spiffeID), role) {
    case (.worker, .worker), (.agent, .agent): return
    default:
      throw IdentityError(.peerRefused, "the peer is not a \(role) of this trust root: \(spiffeID)")
    }
  }
}
