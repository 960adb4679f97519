import SallyportCore
import SallyportStore
import Synchronization

/// Brings jobs and sessions together. The queue itself, and who is to get a slot, is in the store;
/// this only knows whom to wake when a job is submitted or comes back, when a slot is freed and when
/// a cap or a pause changes.
///
/// No wake is lost: one on its way to a session that leaves, or cannot use it, goes to the next.
final class Dispatcher: Sendable {
  typealias Wake = @Sendable (ReadyJob?) -> Void

  private struct Member {
    let labels: [String: String]
    let wake: Wake
    /// Jobs that it has been told of since it last claimed.
    var told: [ReadyJob?] = []
  }

  private struct State {
    var pools: [PoolKey: WaitingSessions] = [:]
    var slots = SlotQueue()
    var members: [SessionID: Member] = [:]

    /// The signals to give, outside the lock.
    mutating func signals(_ sessions: [SessionID]) -> [Wake] {
      sessions.compactMap { members[$0]?.wake }
    }

    mutating func wake(_ pool: PoolKey, for job: ReadyJob?) -> Wake? {
      while let session = pools[pool, default: WaitingSessions()].wake(for: job) {
        guard let wake = members[session]?.wake else { continue }
        members[session]?.told.append(job)
        return wake
      }
      return nil
    }
  }

  private let state = Mutex(State())

  /// - Parameter wake: Must not block.
  func join(_ session: SessionID, labels: [String: String] = [:], wake: @escaping Wake) {
    state.withLock { $0.members[session] = Member(labels: labels, wake: wake) }
  }

  func leave(_ session: SessionID, _ pool: PoolKey) {
    let told = state.withLock { state in
      state.pools[pool]?.leave(session)
      return state.members[session]?.told ?? []
    }
    forgetSlot(of: session)
    state.withLock { $0.members[session] = nil }
    for job in told { wake(pool, for: job) }
  }

  /// The session cannot use the wake that it got.
  func decline(_ session: SessionID, _ pool: PoolKey, for job: ReadyJob?) {
    // Whoever cannot take one job still waits for a slot.
    if job == nil { forgetSlot(of: session) }
    let wasTold = state.withLock { state in
      guard let index = state.members[session]?.told.firstIndex(of: job) else { return false }
      state.members[session]?.told.remove(at: index)
      return true
    }
    // Nil is said of slots as well, which have been passed on.
    if wasTold || job != nil { wake(pool, for: job) }
  }

  /// To be read before a claim; ``settle(_:_:view:shortage:took:wanted:excluding:)`` compares.
  func view(of pool: PoolKey) -> ClaimView {
    state.withLock { state in
      ClaimView(
        jobs: state.pools[pool]?.generation ?? 0, slots: state.slots.generations(of: pool),
        competingPools: state.slots.competingPools(of: pool.tenant),
        competingTenants: state.slots.competingTenants())
    }
  }

  /// Notes what a claim brought, and puts the session in the line that it has to wait in.
  ///
  /// - Parameters:
  ///   - took: The jobs that it brought.
  ///   - wanted: How many more the session would take.
  ///   - excluding: Jobs that it would not take.
  /// - Returns: False where something has changed since `view`: claim again.
  func settle(
    _ session: SessionID, _ pool: PoolKey, view: ClaimView, shortage: ClaimShortage?, took: [JobID],
    wanted: UInt32, excluding: Set<JobID> = []
  ) -> Bool {
    let (waits, signals, passedOn) = state.withLock { state in
      var passedOn: [ReadyJob?] = []
      if shortage == nil {
        // It has all that it can take: what else it was told of is for others.
        passedOn = (state.members[session]?.told ?? []).filter { job in
          job.map { !took.contains($0.id) } ?? true
        }
        state.members[session]?.told = []
      } else {
        // Whatever was ready has been looked at, but for what the session would not take.
        state.members[session]?.told.removeAll { job in
          job.map { !excluding.contains($0.id) } ?? true
        }
      }
      let woken = state.slots.leave(session)
      let labels = state.members[session]?.labels ?? [:]
      let scope = shortage?.scope(of: pool)
      var told: [SessionID] = []
      var waits = true
      if let scope {
        waits = state.slots.wait(
          session, for: scope, of: pool, wanted: wanted, since: view.slots)
      } else if shortage != nil {
        waits = state.pools[pool, default: WaitingSessions()]
          .wait(session, labels: labels, since: view.jobs, excluding: excluding)
      }
      // What it was woken for may still be there.
      if let woken, took.isEmpty, woken != scope, let next = state.slots.wakeNext(in: woken) {
        told.append(next)
      }
      told += state.slots.wakeThose(before: shortage, of: pool)
      return (waits, state.signals(told), passedOn)
    }
    for signal in signals { signal(nil) }
    for job in passedOn { wake(pool, for: job) }
    return waits
  }

  /// A job of the pool is ready: this one, where it is known which.
  func wake(_ pool: PoolKey, for job: ReadyJob? = nil) {
    let signal = state.withLock { $0.wake(pool, for: job) }
    signal?(job)
  }

  /// A job of the pool no longer has the slot that it had.
  func freed(_ pool: PoolKey) { tell { $0.slots.freed(pool) } }

  /// The pool has been resumed, or its cap has changed.
  func changed(_ pool: PoolKey) {
    tell { state in
      state.pools[pool, default: WaitingSessions()].wakeAll()
        + state.slots.wakeAll(in: .pool(pool))
    }
  }

  /// The cap of some tenant has changed.
  func tenantsChanged() { tell { $0.slots.wakeAllOfTenants() } }

  /// Changes may have gone unnoticed: everybody who waits looks at the queue again.
  func lookAgain() {
    tell { state in
      var sessions = state.slots.wakeAll()
      for pool in state.pools.keys {
        sessions += state.pools[pool, default: WaitingSessions()].wakeAll()
      }
      return sessions
    }
  }

  private func forgetSlot(of session: SessionID) {
    tell { state in
      state.slots.leave(session).flatMap { state.slots.wakeNext(in: $0) }.map { [$0] } ?? []
    }
  }

  private func tell(_ select: (inout State) -> [SessionID]) {
    let signals = state.withLock { state in
      let sessions = select(&state)
      return state.signals(sessions)
    }
    for signal in signals { signal(nil) }
  }
}

extension ClaimShortage {
  /// The cap that was in the way; nil where none was.
  fileprivate func scope(of pool: PoolKey) -> SlotScope? {
    switch self {
    case .noJobs, .superseded, .paused: nil
    case .pool: .pool(pool)
    case .tenant: .tenant(pool.tenant)
    case .gateway: .gateway
    }
  }
}

extension SlotQueue {
  /// Wakes those whose turn it is before the claimant's.
  fileprivate mutating func wakeThose(
    before shortage: ClaimShortage?, of pool: PoolKey
  ) -> [SessionID] {
    switch shortage {
    case .tenant(let others):
      others.compactMap { name in
        wakeNext(in: .tenant(pool.tenant)) { $0.pool == name }
      }
    case .gateway(let others):
      others.compactMap { name in wakeNext(in: .gateway) { $0.tenant == name } }
    case .noJobs, .superseded, .paused, .pool, nil: []
    }
  }
}
