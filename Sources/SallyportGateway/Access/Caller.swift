import SallyportCore
import SallyportRelay
import SallyportStore

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

/// A worker who calls.
struct WorkerCaller: Sendable {
  let caller: Caller
  let worker: WorkerReference
}

/// A VCS agent who calls.
struct AgentCaller: Sendable {
  let caller: Caller
  let pool: PoolName
  let id: AgentID
}

/// An operator who calls.
struct OperatorCaller: Sendable {
  let caller: Caller
  let name: OperatorName

  var tenant: TenantName { caller.tenant }
}
