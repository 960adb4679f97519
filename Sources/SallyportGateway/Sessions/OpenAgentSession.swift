import SallyportCore

/// A VCS agent's session that is open in this process.
struct OpenAgentSession: Sendable {
  let id: SessionID
  /// Of two sessions of one VCS agent, the one with the higher number is the newer.
  let number: UInt64
  let agent: AgentID
  let pool: PoolKey
  let connection: ConnectionID
  /// Relays that the agent serves at once.
  let capacity: Int
  var isDraining = false
  let signal: @Sendable (AgentSignal) -> Void
}
