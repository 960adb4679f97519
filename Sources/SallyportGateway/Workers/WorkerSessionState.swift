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

  private let limits: GatewayLimits
  private let openedAt: Timestamp
  private var phase = Phase.awaitingHello
  private var pings: PingMonitor
  private var credits: UInt32 = 0
  private var capacity: UInt32 = 0
  private var unanswered: Set<AttemptID> = []
  private var rejected: Set<JobID> = []
  private var isDraining = false

  init(limits: GatewayLimits, now: Timestamp) {
    self.limits = limits
    openedAt = now
    pings = PingMonitor(interval: limits.pingInterval, now: now)
  }

  /// Jobs that may be offered now.
  var available: Int {
    guard phase == .open, !isDraining else { return 0 }
    return max(0, Int(min(credits, capacity)) - unanswered.count)
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
    case .signal(let signal): receive(signal)
    case .opened(let opening): opened(opening)
    case .claimed(let jobs, let externalID): try offer(jobs, externalID: externalID)
    case .answered(let attempt, let isHeld): isHeld ? [] : [.send(.withdrawn(attempt))]
    case .renewed(let asked, let held): renewed(asked: asked, held: held, now: now)
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
      return [.open(greeting)]
    }
    guard phase == .open else { throw RequestError("a session begins with Hello") }
    switch message.message {
    case .ping(let ping): return [.send(.pong(ping.nonce))]
    case .pong(let pong):
      pings.pong(pong.nonce)
      return []
    case .credits(let grant): return granted(grant)
    case .accept(let accept):
      let attempt = try AttemptID(accept.attempt)
      if unanswered.remove(attempt) != nil { credits -= min(credits, 1) }
      return [.accept(attempt)]
    case .reject(let reject):
      let attempt = try AttemptID(reject.attempt)
      unanswered.remove(attempt)
      try remember(rejected: attempt.job)
      return [.reject(attempt, reason: reject.reason)] + claim()
    case .renewLeases(let renewal):
      guard renewal.attempts.count <= limits.maximumAttemptsPerMessage else {
        throw RequestError("at most \(limits.maximumAttemptsPerMessage) leases in one message")
      }
      return [.renew(try renewal.attempts.map { try AttemptID($0) })]
    case .drain:
      isDraining = true
      return [.noteDraining]
    case .cancelAcknowledged(let acknowledgement):
      return [.acknowledgeCancel(try AttemptID(acknowledgement.attempt))]
    case .hello, nil:
      // A message of a newer version.
      return []
    }
  }

  private mutating func granted(
    _ grant: Sallyport_Worker_V1_Credits
  ) -> [WorkerSessionAction] {
    credits = grant.credits
    // Offers under older credits have all been sent: actions are performed in order.
    let barrier: [WorkerSessionAction] =
      grant.barrier == 0 ? [] : [.send(.barrier(grant.barrier))]
    return barrier + claim()
  }

  /// A job that this worker refuses is not offered to it again and again.
  private mutating func remember(rejected job: JobID) throws {
    rejected.insert(job)
    guard rejected.count <= limits.maximumAttemptsPerMessage else {
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
    case .none: return []
    case .ping(let nonce): return [.send(.ping(nonce))]
    case .dead: return [.end(.unresponsive)]
    }
  }

  private mutating func receive(_ signal: WorkerSignal) -> [WorkerSessionAction] {
    switch signal {
    case .jobReady: return available > 0 ? claim() : [.passOn]
    case .cancel(let attempt, let reason): return [.send(.cancel(attempt, reason: reason))]
    case .withdraw(let attempt):
      guard unanswered.remove(attempt) != nil else { return [] }
      return [.send(.withdrawn(attempt))] + claim()
    case .drain(let reason):
      isDraining = true
      return [.send(.drain(reason: reason, grace: nil)), .noteDraining]
    case .end(.shutdown):
      return [
        .send(.drain(reason: "the gateway is stopping", grace: limits.drainGrace)),
        .end(.shutdown),
      ]
    case .end(let end): return [.end(end)]
    }
  }

  private mutating func opened(_ opening: WorkerSessionOpening) -> [WorkerSessionAction] {
    phase = .open
    var actions: [WorkerSessionAction] = [.send(.welcome(opening, limits: limits))]
    for job in opening.live where job.cancelRequested && !job.cancelAcknowledged {
      actions.append(.send(.cancel(job.attempt, reason: job.cancelReason)))
    }
    if opening.drain { actions += receive(.drain(reason: "an operator drains this worker")) }
    return actions
  }

  private func claim() -> [WorkerSessionAction] {
    available > 0 ? [.claim(limit: available, excluding: rejected)] : []
  }

  private mutating func offer(
    _ jobs: [JobRecord], externalID: String
  ) throws -> [WorkerSessionAction] {
    try jobs.map { job in
      unanswered.insert(job.attempt)
      return .send(try .offer(job, externalID: externalID))
    }
  }

  private func renewed(
    asked: [AttemptID], held: [JobRecord], now: Timestamp
  ) -> [WorkerSessionAction] {
    var actions: [WorkerSessionAction] = [
      .send(
        .renewals(
          asked, held: Set(held.map(\.attempt)), remaining: limits.leaseDuration, now: now))
    ]
    for job in held where job.cancelRequested && !job.cancelAcknowledged {
      actions.append(.send(.cancel(job.attempt, reason: job.cancelReason)))
    }
    return actions
  }
}
