import SallyportCore
import SallyportRelay
import SallyportStore
import Synchronization

/// The relays of this process, waiting or live.
final class RelayTable: Sendable {
  /// A relay and the VCS agent that was asked to open its leg.
  struct Entry: Sendable {
    let relay: PendingRelay
    var agent: OpenAgentSession?
    /// The worker may open it: it counts against the job's limit.
    var isAdmitted = false
    /// A relay id works once.
    var isTaken = false
    /// What it carried is on its way into the store.
    var isSettling = false
  }

  private let entries = Mutex<[RelayID: Entry]>([:])
  private let past = PastTraffic()
  private let removal = Mutex<AsyncStream<Void>.Continuation?>(nil)

  func insert(_ relay: PendingRelay) {
    entries.withLock { $0[relay.id] = Entry(relay: relay) }
  }

  /// To be called once the worker's lease has been looked at, so that nobody else uses up the
  /// limit.
  ///
  /// - Returns: False where this worker has `limit` relays for this attempt already.
  func admit(_ relay: PendingRelay, limit: Int) -> Bool {
    entries.withLock { entries in
      let open = entries.values.count {
        $0.isAdmitted && $0.relay.attempt == relay.attempt && $0.relay.worker == relay.worker
      }
      guard open < limit else { return false }
      entries[relay.id]?.isAdmitted = true
      return true
    }
  }

  /// What the relay carried goes into the store now; ``remove(_:)`` says that it is there.
  func settle(_ id: RelayID) { entries.withLock { $0[id]?.isSettling = true } }

  func remove(_ id: RelayID) {
    // Under the lock: what it carried is either here or in the past.
    let entry = entries.withLock { entries in
      let entry = entries.removeValue(forKey: id)
      if let entry { past.add(entry.relay.meter) }
      return entry
    }
    entry?.relay.finish()
    if entry != nil { removal.withLock { $0 }?.yield() }
  }

  /// Yields at first and after relays have been removed; for one reader, when the process stops.
  func removals() -> AsyncStream<Void> {
    let (removals, continuation) = AsyncStream<Void>.makeStream(
      bufferingPolicy: .bufferingNewest(1))
    removal.withLock { $0 = continuation }
    continuation.yield()
    return removals
  }

  /// The workers and the VCS agents that have relays here.
  func users() -> (workers: Set<WorkerID>, agents: Set<AgentID>) {
    entries.withLock { entries in
      (
        Set(entries.values.map(\.relay.worker.id)),
        Set(entries.values.compactMap { $0.agent?.agent })
      )
    }
  }

  /// Gives the relay to the session that carries the fewest, of those with room.
  func assign(_ id: RelayID, toOneOf sessions: [OpenAgentSession]) -> OpenAgentSession? {
    entries.withLock { entries in
      var load: [SessionID: Int] = [:]
      for entry in entries.values {
        if let session = entry.agent?.id { load[session, default: 0] += 1 }
      }
      let free = sessions.filter { !$0.isDraining && load[$0.id, default: 0] < $0.capacity }
      let choice = free.min { load[$0.id, default: 0] < load[$1.id, default: 0] }
      entries[id]?.agent = choice
      return choice
    }
  }

  /// The relay that this agent was asked to open on this connection; once.
  func take(_ id: RelayID, by agent: AgentID, on connection: ConnectionID) -> PendingRelay? {
    entries.withLock { entries in
      guard let entry = entries[id], !entry.isTaken, let session = entry.agent,
        session.agent == agent, session.connection == connection
      else { return nil }
      entries[id]?.isTaken = true
      return entry.relay
    }
  }

  func refuse(_ id: RelayID, bySession session: SessionID, reason: String) {
    let entry = entries.withLock { $0[id] }
    guard let entry, entry.agent?.id == session, !entry.isTaken else { return }
    entry.relay.post(.refused(reason))
  }

  func refusePending(ofSession session: SessionID, reason: String) {
    let relays = matching { $0.agent?.id == session && !$0.isTaken }
    for relay in relays { relay.post(.refused(reason)) }
  }

  func cut(job: JobID, reason: String) {
    for relay in matching({ $0.relay.attempt.job == job }) { relay.post(.cut(reason)) }
  }

  func cut(worker: WorkerID, reason: String) {
    for relay in matching({ $0.relay.worker.id == worker }) { relay.post(.cut(reason)) }
  }

  func cut(agent: AgentID, reason: String) {
    for relay in matching({ $0.agent?.agent == agent }) { relay.post(.cut(reason)) }
  }

  func cut(tenant: TenantName, reason: String) {
    for relay in matching({ $0.relay.worker.tenant == tenant }) { relay.post(.cut(reason)) }
  }

  /// Those that the pool's workers opened, and those that lead to the pool.
  func cut(pool: PoolKey, reason: String) {
    let relays = matching { entry in
      let worker = entry.relay.worker
      return worker.tenant == pool.tenant
        && (worker.pool == pool.pool || entry.relay.vcsPool == pool.pool)
    }
    for relay in relays { relay.post(.cut(reason)) }
  }

  /// Live relays of a tenant, oldest first.
  func live(of tenant: TenantName) -> [Entry] {
    entries.withLock { entries in
      entries.values.filter { $0.isTaken && $0.relay.worker.tenant == tenant }
    }.sorted { ($0.relay.openedAt, $0.relay.id) < ($1.relay.openedAt, $1.relay.id) }
  }

  var liveCount: Int { entries.withLock { $0.values.count { $0.isTaken } } }

  /// Bytes that all relays of this process have carried, to workers and to agents.
  var carried: (toWorkers: UInt64, toAgents: UInt64) {
    entries.withLock { entries in
      entries.values.reduce(into: (past.toWorkers, past.toAgents)) { sum, entry in
        sum.0 &+= entry.relay.meter.bytesToWorker
        sum.1 &+= entry.relay.meter.bytesToAgent
      }
    }
  }

  func count(of agent: AgentID) -> Int {
    entries.withLock { entries in
      entries.values.count { $0.isTaken && $0.agent?.agent == agent }
    }
  }

  /// What the open relays of a job have carried so far.
  func traffic(of job: JobID) -> RelayTraffic {
    entries.withLock { entries in
      entries.values.filter { $0.relay.attempt.job == job }
        .reduce(into: RelayTraffic()) { $0.add($1) }
    }
  }

  private func matching(_ condition: (Entry) -> Bool) -> [PendingRelay] {
    entries.withLock { entries in entries.values.filter(condition).map(\.relay) }
  }
}
