import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// The protocol of a worker's session: messages, signals and time in, actions out. No I/O.
///
/// Credits are absolute and count down with each offer that is answered; offers that are not yet
/// answered are subtracted, so that a grant which crossed an offer on the wire is never used twice.
struct WorkerSessionState: Sendable {
  private enum Phase { case awaitingHello, opening, open, ended }

  /// How long ago a lease may have been granted for its renewal to extend nothing.
  private static var freshness: Duration { .seconds(1) }

  private let shared: SharedLimits
  private let openedAt: Timestamp
  private var phase = Phase.awaitingHello
  /// Whether the session was ever open.
  private(set) var hasOpened = false
  private var pings: PingMonitor
  private var credits: UInt32 = 0
  private var capacity: UInt32 = 0
  private var unanswered: Set<AttemptID> = []
  /// What the worker has accepted, or asked last to go on with: the store may know nothing of it any
  /// more when it is to be cancelled.
  private var running: Set<AttemptID> = []
  /// Accepted a moment ago: the store's answer to the acceptance is as good as one to the renewal
  /// that a worker sends with it.
  private var granted: [AttemptID: GrantedLease] = [:]
  /// Jobs that are for others first, and until when.
  private var excluded: [JobID: Timestamp] = [:]
  private var isDraining = false
  private var isLeaving = false
  /// Whether the worker has ever taken jobs in this session.
  private var isReady = false
  /// The store has refused a claim: it is made again at the next tick.
  private var owesClaim = false
  private var isSealed = true
  private var deferred: DeferredActions

  private var limits: GatewayLimits { shared.value }

  init(limits: SharedLimits, now: Timestamp) {
    deferred = DeferredActions(limit: limits.value.sessionCapacity)
    shared = limits
    openedAt = now
    pings = PingMonitor(interval: limits.value.pingInterval, now: now)
  }

  /// Jobs that may be offered now.
  var available: Int {
    guard phase == .open, !isDraining else { return 0 }
    return max(0, min(Int(min(credits, capacity)), limits.maximumOpenOffers) - unanswered.count)
  }

  mutating func handle(_ input: WorkerSessionInput, now: Timestamp) -> [WorkerSessionAction] {
    guard phase != .ended else { return [] }
    do {
      let actions = try perform(input, now: now)
      if case .end = actions.last { phase = .ended }
      return actions
    } catch {
      phase = .ended
      return [.end(.violation("\(error)"))]
    }
  }

  private mutating func perform(
    _ input: WorkerSessionInput, now: Timestamp
  ) throws -> [WorkerSessionAction] {
    switch input {
    case .message(let message): try receive(message, now: now)
    case .tick: tick(now)
    case .signal(let signal): try receive(signal, now: now)
    case .opened(let opening): opened(opening)
    case .claimed(let jobs, let contents): try offer(jobs, contents)
    case .answered(let attempt, let lease): answered(attempt, lease)
    case .renewed(let asked, let held):
      renewed(asked: asked, held: held, remaining: limits.leaseDuration)
    case .storeFailed(let action): storeFailed(action)
    }
  }

  // MARK: - From the worker

  private mutating func receive(
    _ message: WorkerMessage, now: Timestamp
  ) throws -> [WorkerSessionAction] {
    if case .hello(let hello) = message.message {
      guard phase == .awaitingHello else { throw RequestError("a session has one Hello") }
      phase = .opening
      let greeting = try SessionGreeting(hello, limits: limits)
      capacity = greeting.capacity
      running = greeting.running
      return [.open(greeting)]
    }
    guard phase == .open else { throw RequestError("a session begins with Hello") }
    switch message.message {
    case .ping(let ping): return [.send(.pong(ping.nonce))]
    case .pong(let pong):
      pings.pong(pong.nonce)
      return []
    case .credits(let grant): return credited(grant)
    case .accept(let accept):
      let attempt = try AttemptID(accept.attempt)
      // Where the bound on open offers held some back, an answer makes room.
      let isFull = unanswered.count >= limits.maximumOpenOffers
      if unanswered.remove(attempt) != nil {
        credits -= min(credits, 1)
        running.insert(attempt)
      }
      return [.accept(attempt)] + (isFull ? claim() : [])
    case .reject(let reject):
      let attempt = try AttemptID(reject.attempt)
      unanswered.remove(attempt)
      try exclude(attempt.job, now: now)
      return [.reject(attempt, reason: reject.reason)] + claim()
    case .renewLeases(let renewal):
      guard renewal.attempts.count <= limits.maximumAttemptsPerMessage else {
        throw RequestError("at most \(limits.maximumAttemptsPerMessage) leases in one message")
      }
      let attempts = try renewal.attempts.map { try AttemptID($0) }
      running = Set(attempts)
      // An acceptance that the store refused comes before the renewal that is to confirm it.
      return deferred.take() + renew(attempts, now: now)
    case .drain:
      isDraining = true
      // A drain of the connection says nothing about the worker.
      return isLeaving ? [] : [.clearDrainRequest]
    case .cancelAcknowledged(let acknowledgement):
      return [.acknowledgeCancel(try AttemptID(acknowledgement.attempt))]
    case .hello, nil:
      // A message of a newer version.
      return []
    }
  }

  private mutating func answered(
    _ attempt: AttemptID, _ lease: GrantedLease?
  ) -> [WorkerSessionAction] {
    guard let lease else { return [.send(.withdrawn(attempt))] }
    granted[attempt] = lease
    return []
  }

  /// Leases that were granted a moment ago are confirmed without the store.
  private mutating func renew(
    _ attempts: [AttemptID], now: Timestamp
  ) -> [WorkerSessionAction] {
    granted = granted.filter { limits.leaseDuration - ($0.value.until - now) < Self.freshness }
    let leases = attempts.compactMap { granted[$0] }
    guard leases.count == attempts.count, let first = leases.map({ $0.until }).min() else {
      return [.renew(attempts)]
    }
    return renewed(asked: attempts, held: leases.map { $0.job }, remaining: first - now)
  }

  private mutating func credited(
    _ grant: Sallyport_Worker_V1_Credits
  ) -> [WorkerSessionAction] {
    credits = grant.credits
    // Offers under older credits have all been sent: actions are performed in order.
    let barrier: [WorkerSessionAction] =
      grant.barrier == 0 ? [] : [.send(.barrier(grant.barrier))]
    guard grant.credits > 0, !isDraining, !isReady else { return barrier + claim() }
    isReady = true
    return barrier + [.noteReady] + claim()
  }

  /// A job that this worker refuses, or does not answer for, is for others first; where there are
  /// none, it comes back here after a while.
  private mutating func exclude(_ job: JobID, now: Timestamp) throws {
    excluded[job] = now + limits.exclusionTime
    guard excluded.count <= limits.maximumAttemptsPerMessage else {
      throw RequestError("the worker rejects too many jobs; look at its log")
    }
  }

  // MARK: - From the gateway

  private mutating func tick(_ now: Timestamp) -> [WorkerSessionAction] {
    guard phase == .open else {
      return now - openedAt >= limits.helloTimeout ? [.end(.noHello)] : []
    }
    var generator = SystemRandomNumberGenerator()
    switch pings.tick(now, nonce: { UInt64.random(in: 1 ... .max, using: &generator) }) {
    case .none: return readmit(now)
    case .ping(let nonce): return [.send(.ping(nonce))] + readmit(now)
    case .dead: return [.end(.unresponsive)]
    }
  }

  private mutating func readmit(_ now: Timestamp) -> [WorkerSessionAction] {
    let count = excluded.count
    excluded = excluded.filter { now < $0.value }
    guard excluded.count < count || owesClaim else { return [] }
    owesClaim = false
    return claim()
  }

  private mutating func receive(
    _ signal: WorkerSignal, now: Timestamp
  ) throws -> [WorkerSessionAction] {
    switch signal {
    case .jobReady(let job):
      let isExcluded = job.map { excluded[$0.id] != nil } ?? false
      return available > 0 && !isExcluded ? claim() : [.passOn(job)]
    case .cancel(let attempt, let reason): return [.send(.cancel(attempt, reason: reason))]
    case .withdraw(let attempt):
      guard unanswered.remove(attempt) != nil else { return [] }
      return [.send(.withdrawn(attempt))] + claim()
    case .lapse(let attempt):
      guard unanswered.remove(attempt) != nil else { return [] }
      try exclude(attempt.job, now: now)
      return [.send(.withdrawn(attempt))] + claim()
    case .storeRecovered: return deferred.take() + claim()
    case .leaveConnection:
      return leave(reason: "this connection is to be replaced", grace: limits.connectionGrace)
    case .gatewayStops:
      return leave(reason: "the gateway is stopping", grace: limits.drainGrace)
    case .drain(let request): return drain(request)
    case .dismissed(let reason):
      return running.map { WorkerSessionAction.send(.cancel($0, reason: reason)) }
        + [.end(.revoked)]
    case .end(let end): return [.end(end)]
    }
  }

  /// Every renewal has its answer, and nothing is said of a lease that nobody could extend: the
  /// worker asks again, and stops by its own clock where that does not help. A claim is made again at
  /// the next tick: nothing else may come to wake this session.
  private mutating func storeFailed(_ action: WorkerSessionAction) -> [WorkerSessionAction] {
    switch action {
    case .renew: return [.send(.renewals([], held: [], remaining: .zero))]
    case .claim:
      owesClaim = true
      return []
    default: return deferred.add(action) ? [] : [.end(.slowPeer)]
    }
  }

  /// Said once: a connection that is left because of its age may belong to a gateway that stops.
  private mutating func leave(reason: String, grace: Duration) -> [WorkerSessionAction] {
    guard !isLeaving else { return [] }
    isDraining = true
    isLeaving = true
    return [.send(.drain(reason: reason, grace: grace))]
  }

  private mutating func opened(_ opening: WorkerSessionOpening) -> [WorkerSessionAction] {
    phase = .open
    hasOpened = true
    isSealed = opening.sealed
    var actions: [WorkerSessionAction] = [.send(.welcome(opening, limits: limits))]
    for job in opening.cancelled {
      actions.append(.send(.cancel(job.attempt, reason: job.cancelReason)))
    }
    if let request = opening.drain { actions += drain(request) }
    return actions
  }

  private mutating func drain(_ request: DrainRequest) -> [WorkerSessionAction] {
    isDraining = true
    return [.send(.drain(request)), .noteDraining]
  }

  private func claim() -> [WorkerSessionAction] {
    available > 0 ? [.claim(limit: available, excluding: Set(excluded.keys))] : []
  }

  private mutating func offer(
    _ jobs: [JobRecord], _ contents: OfferContents
  ) throws -> [WorkerSessionAction] {
    try jobs.map { job in
      guard let spec = contents.specs[job.id] else {
        throw StoreError(code: .corrupted, message: "job \(job.id) does not say what to run")
      }
      unanswered.insert(job.attempt)
      return .send(try .offer(job, spec: spec, externalID: contents.externalID, sealed: isSealed))
    }
  }

  private func renewed(
    asked: [AttemptID], held: [JobRecord], remaining: Duration
  ) -> [WorkerSessionAction] {
    var actions: [WorkerSessionAction] = [
      .send(.renewals(asked, held: Set(held.map(\.attempt)), remaining: remaining))
    ]
    for job in held where job.cancelRequested && !job.cancelAcknowledged {
      actions.append(.send(.cancel(job.attempt, reason: job.cancelReason)))
    }
    return actions
  }
}
