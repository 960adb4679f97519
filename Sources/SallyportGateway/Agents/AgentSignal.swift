import SallyportCore

/// What the rest of the gateway tells a VCS agent's session.
enum AgentSignal: Hashable, Sendable {
  case openRelay(RelayID)
  /// The connection is to end; the VCS agent opens a session on another one.
  case leaveConnection
  /// The same, for all connections of this process.
  case gatewayStops
  case end(SessionEnd)
}
