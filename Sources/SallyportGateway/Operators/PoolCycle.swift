import SallyportCore
import SallyportStore

/// A pool's rolling drain and restart: which worker is next, which has come back, which has not. No
/// I/O.
///
/// A worker is back when a session that was not open when it was asked to drain takes jobs: the old
/// process, however often it reconnects, drains and takes none.
struct PoolCycle: Sendable {
  enum Action: Sendable, Equatable {
    /// Ask it, then call ``draining(_:oldSession:)`` or ``failed(_:because:)``.
    case drain(WorkerID)
    case returned(WorkerID)
    case failed(WorkerID, because: String)
  }

  private struct Absence {
    /// Whether it has been asked: who is away when its turn comes is, once it is back.
    var isAsked: Bool
    var oldSession: SessionID?
    /// Set while the worker is gone.
    var deadline: Timestamp?
  }

  private let maximumUnavailable: Int
  private let returnTimeout: Duration
  private var waiting: [WorkerID]
  private var away: [WorkerID: Absence] = [:]
  private var hasFailed = false
  /// Workers that have come back.
  private(set) var done = 0
  private(set) var total: Int

  init(workers: [WorkerID], maximumUnavailable: Int, returnTimeout: Duration) {
    waiting = workers
    total = workers.count
    self.maximumUnavailable = max(1, maximumUnavailable)
    self.returnTimeout = returnTimeout
  }

  var isOver: Bool { away.isEmpty && (waiting.isEmpty || hasFailed) }

  /// When to look again although nothing has changed.
  var nextDeadline: Timestamp? { away.values.compactMap(\.deadline).min() }

  /// Workers that are away and have no session: they may have been revoked.
  var gone: [WorkerID] { away.filter { $0.value.deadline != nil }.keys.sorted { $0 < $1 } }

  /// - Parameter sessions: Those that are open now.
  mutating func update(_ sessions: [WorkerID: OpenWorkerSession], now: Timestamp) -> [Action] {
    var actions: [Action] = []
    for (worker, absence) in away.sorted(by: { $0.key < $1.key }) {
      if let action = look(at: worker, absence, sessions[worker], now: now) {
        if case .drain = action {
          away[worker] = Absence(isAsked: true)
        } else {
          away[worker] = nil
        }
        actions.append(action)
      }
    }
    while !hasFailed, away.count < maximumUnavailable, !waiting.isEmpty {
      let worker = waiting.removeFirst()
      let isHere = sessions[worker] != nil
      away[worker] = Absence(isAsked: isHere, deadline: isHere ? nil : now + returnTimeout)
      if isHere { actions.append(.drain(worker)) }
    }
    return actions
  }

  private mutating func look(
    at worker: WorkerID, _ absence: Absence, _ session: OpenWorkerSession?, now: Timestamp
  ) -> Action? {
    guard absence.isAsked else { return lookForAbsent(worker, absence, session, now: now) }
    if let session, session.id == absence.oldSession || session.isDraining {
      away[worker]?.deadline = nil
      return nil
    }
    if let session, session.isReady {
      done += 1
      return .returned(worker)
    }
    let deadline = absence.deadline ?? now + returnTimeout
    away[worker]?.deadline = deadline
    guard now >= deadline else { return nil }
    hasFailed = true
    return .failed(
      worker, because: "it did not come back within \(returnTimeout.components.seconds) s")
  }

  /// Who does not come back in time was on its way out, and has nothing to be restarted: it is left
  /// out.
  private mutating func lookForAbsent(
    _ worker: WorkerID, _ absence: Absence, _ session: OpenWorkerSession?, now: Timestamp
  ) -> Action? {
    if session != nil { return .drain(worker) }
    guard let deadline = absence.deadline, now >= deadline else { return nil }
    away[worker] = nil
    total -= 1
    return nil
  }

  /// The request is committed. `oldSession` is the session that was open right after that.
  mutating func draining(_ worker: WorkerID, oldSession: SessionID?) {
    away[worker]?.oldSession = oldSession
  }

  /// The worker will not come back.
  mutating func failed(_ worker: WorkerID) {
    away[worker] = nil
    hasFailed = true
  }
}
