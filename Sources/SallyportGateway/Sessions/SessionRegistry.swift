import SallyportCore
import SallyportStore
import Synchronization

/// The sessions that are open in this process: the only thing that the gateway knows and the store
/// does not.
final class SessionRegistry: Sendable {
  private struct State {
    var workers: [WorkerID: OpenWorkerSession] = [:]
    var agents: [AgentID: OpenAgentSession] = [:]
    var isStopping = false
  }

  let watchers = PoolWatchers()
  private let state = Mutex(State())

  /// Registers the newest session of a worker; an older one is told to end.
  ///
  /// - Throws: ``SessionEnd/shutdown`` where the gateway stops, ``SessionEnd/superseded`` where a
  ///   newer session was faster.
  func open(_ session: OpenWorkerSession) throws(SessionEnd) {
    let older = state.withLock { state -> Result<OpenWorkerSession?, SessionEnd> in
      guard !state.isStopping else { return .failure(.shutdown) }
      if let open = state.workers[session.worker.id], open.number > session.number {
        return .failure(.superseded)
      }
      return .success(state.workers.updateValue(session, forKey: session.worker.id))
    }
    try older.get()?.signal(.end(.superseded))
    watchers.publish(session.pool)
  }

  /// Registers the newest session of a VCS agent; an older one is told to end.
  ///
  /// - Throws: ``SessionEnd/shutdown`` where the gateway stops, ``SessionEnd/superseded`` where a
  ///   newer session was faster.
  func open(_ session: OpenAgentSession) throws(SessionEnd) {
    let older = state.withLock { state -> Result<OpenAgentSession?, SessionEnd> in
      guard !state.isStopping else { return .failure(.shutdown) }
      if let open = state.agents[session.agent], open.number > session.number {
        return .failure(.superseded)
      }
      return .success(state.agents.updateValue(session, forKey: session.agent))
    }
    try older.get()?.signal(.end(.superseded))
  }

  func close(worker: WorkerID, session: SessionID) {
    let closed: OpenWorkerSession? = state.withLock { state in
      guard state.workers[worker]?.id == session else { return nil }
      return state.workers.removeValue(forKey: worker)
    }
    if let closed { watchers.publish(closed.pool) }
  }

  func close(agent: AgentID, session: SessionID) {
    state.withLock { state in
      if state.agents[agent]?.id == session { state.agents[agent] = nil }
    }
  }

  func noteDraining(worker: WorkerID, session: SessionID) {
    change(worker, session) { $0.isDraining = true }
  }

  func noteReady(worker: WorkerID, session: SessionID) {
    change(worker, session) { $0.isReady = true }
  }

  private func change(
    _ worker: WorkerID, _ session: SessionID, _ body: (inout OpenWorkerSession) -> Void
  ) {
    let pool: PoolKey? = state.withLock { state in
      guard var open = state.workers[worker], open.id == session else { return nil }
      body(&open)
      state.workers[worker] = open
      return open.pool
    }
    if let pool { watchers.publish(pool) }
  }

  func noteDraining(agent: AgentID, session: SessionID) {
    state.withLock { state in
      if state.agents[agent]?.id == session { state.agents[agent]?.isDraining = true }
    }
  }

  func worker(_ id: WorkerID) -> OpenWorkerSession? { state.withLock { $0.workers[id] } }

  var workers: [OpenWorkerSession] { state.withLock { Array($0.workers.values) } }

  func agent(_ id: AgentID) -> OpenAgentSession? { state.withLock { $0.agents[id] } }

  func workers(of pool: PoolKey) -> [OpenWorkerSession] {
    state.withLock { state in state.workers.values.filter { $0.pool == pool } }
  }

  func agents(of pool: PoolKey) -> [OpenAgentSession] {
    state.withLock { state in state.agents.values.filter { $0.pool == pool } }
  }

  func signal(_ worker: WorkerID, _ signal: WorkerSignal) { self.worker(worker)?.signal(signal) }

  /// Cancels whatever the tenant's workers run, and ends all sessions of the tenant.
  func purge(_ tenant: TenantName) {
    let (workers, agents) = state.withLock { state in
      (
        state.workers.values.filter { $0.worker.tenant == tenant },
        state.agents.values.filter { $0.pool.tenant == tenant }
      )
    }
    for session in workers { session.signal(.purged) }
    for session in agents { session.signal(.end(.revoked)) }
  }

  /// Tells workers' sessions to make up for what the store has refused them.
  func storeRecovered() {
    let workers = state.withLock { Array($0.workers.values) }
    for session in workers { session.signal(.storeRecovered) }
  }

  /// Of workers and of VCS agents.
  var counts: (workers: Int, agents: Int) {
    state.withLock { ($0.workers.count, $0.agents.count) }
  }

  /// Tells every session to move to another connection; no new one opens.
  func stop() {
    let (workers, agents) = state.withLock { state in
      state.isStopping = true
      return (Array(state.workers.values), Array(state.agents.values))
    }
    for session in workers { session.signal(.gatewayStops) }
    for session in agents { session.signal(.gatewayStops) }
    watchers.finish()
  }

  /// Ends every session but those of the given processes.
  ///
  /// - Returns: Whether any is open still.
  func end(exceptWorkers busyWorkers: Set<WorkerID>, agents busyAgents: Set<AgentID>) -> Bool {
    let (workers, agents) = state.withLock { state in
      (Array(state.workers.values), Array(state.agents.values))
    }
    for session in workers where !busyWorkers.contains(session.worker.id) {
      session.signal(.end(.shutdown))
    }
    for session in agents where !busyAgents.contains(session.agent) {
      session.signal(.end(.shutdown))
    }
    return !(busyWorkers.isEmpty && busyAgents.isEmpty)
  }
}
