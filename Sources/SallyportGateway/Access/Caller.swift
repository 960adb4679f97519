import SallyportCore
import SallyportRelay

/// Whoever makes a call or opens a relay: authenticated, not revoked.
struct Caller: Sendable {
  let identity: GatewayIdentity
  let tenant: TenantName
  let peer: PeerIdentity
  let connection: ConnectionID
  let remoteAddress: String

  /// For the audit log.
  var actor: String { peer.spiffeID.uri }
}
