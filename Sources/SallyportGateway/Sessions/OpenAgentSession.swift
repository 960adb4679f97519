import SallyportCore
import SallyportStore

/// A VCS agent's session that is open in this process.
struct OpenAgentSession: Sendable {
  let id: SessionID
  let agent: AgentID
  let pool: PoolKey
  let connection: ConnectionID
  /// Relays that the agent serves at once.
  let capacity: Int
  let openedAt: Timestamp
  var isDraining = false
  let signal: @Sendable (AgentSignal) -> Void
}
