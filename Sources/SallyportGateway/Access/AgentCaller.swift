import SallyportCore

/// A VCS agent who calls.
struct AgentCaller: Sendable {
  let caller: Caller
  let pool: PoolName
  let id: AgentID
}
