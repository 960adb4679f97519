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
    /// Sessions whose ends somebody waits for.
    var departures: [UInt64: Departure] = [:]
    var nextDeparture: UInt64 = 0
  }

  private struct Departure {
    var sessions: Set<SessionID>
    let ended: AsyncStream<Never>.Continuation
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
    defer { depart(session) }
    let closed: OpenWorkerSession? = state.withLock { state in
      guard state.workers[worker]?.id == session else { return nil }
      return state.workers.removeValue(forKey: worker)
    }
    if let closed { watchers.publish(closed.pool) }
  }

  private func depart(_ session: SessionID) {
    let ended = state.withLock { state in
      var ended: [AsyncStream<Never>.Continuation] = []
      for (number, departure) in state.departures where departure.sessions.contains(session) {
        state.departures[number]?.sessions.remove(session)
        guard departure.sessions.count == 1 else { continue }
        state.departures[number] = nil
        ended.append(departure.ended)
      }
      return ended
    }
    for continuation in ended { continuation.finish() }
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

  /// Cancels whatever the pools' workers run, and ends all sessions of these pools.
  ///
  /// - Returns: Ends when the workers' sessions have, and have said so.
  func dismiss(reason: String, from isDismissed: (PoolKey) -> Bool) -> AsyncStream<Never> {
    let (stream, ended) = AsyncStream<Never>.makeStream()
    let (workers, agents) = state.withLock { state in
      let workers = state.workers.values.filter { isDismissed($0.pool) }
      if workers.isEmpty {
        ended.finish()
      } else {
        state.departures[state.nextDeparture] = Departure(
          sessions: Set(workers.map(\.id)), ended: ended)
        state.nextDeparture += 1
      }
      return (workers, state.agents.values.filter { isDismissed($0.pool) })
    }
    for session in workers { session.signal(.dismissed(reason: reason)) }
    for session in agents { session.signal(.end(.revoked)) }
    return stream
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
