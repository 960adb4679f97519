import SallyportCore

/// What the rest of the gateway tells a VCS agent's session.
enum AgentSignal: Hashable, Sendable {
  case openRelay(RelayID)
  case end(SessionEnd)
}
