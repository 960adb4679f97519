package import SallyportCore
package import SallyportProtos
import SallyportSession
import SwiftProtobuf

/// One session, from Hello to the end of its stream: says what to send and what to do, and does
/// nothing itself.
package struct SessionState: Sendable {
  package enum Action: Sendable {
    case send(Sallyport_Worker_V1_WorkerMessage)
    /// A slot is reserved: journal the attempt, then accept the offer and run it.
    case take(OfferedJob)
    case stop(AttemptID, AttemptControl.Stop)
    case renewed(AttemptID, fence: BootInstant)
    /// The gateway drains this worker.
    case drain(WorkerDrain)
    /// Nothing the gateway offered before the drain can still arrive.
    case drained
    /// The gateway wants this connection replaced by another.
    case leaveConnection(grace: Duration?)
    /// For the worker's own log and ledger.
    case refused(RefusedOffer)
  }

  /// What the gateway's Welcome settles.
  package struct Terms: Hashable, Sendable {
    package var session: String
    package var pingInterval: Duration
    package var leaseDuration: Duration
    package var renewInterval: Duration
    package var returnWindow: Duration?
  }

  private let externalID: String
  package private(set) var terms: Terms?
  private var pings = PingMonitor()
  private var nextPing = BootInstant(nanoseconds: 0)
  private var nextRenewal = BootInstant(nanoseconds: 0)
  /// When the renewal that is not answered yet was sent.
  private var renewalSent: BootInstant?
  /// Whether an attempt was accepted since then, whose lease is not confirmed yet.
  private var owesRenewal = false
  /// How many offers the gateway believes it may make, those not answered yet included.
  private var granted: Int?
  private var barrier: UInt64 = 0
  private var drainBarrier: UInt64?
  private var gatewayDrains = false

  /// - Parameter externalID: As pinned when this worker was enrolled.
  package init(externalID: String) { self.externalID = externalID }

  package func hello(
    _ description: WorkerDescription, table: AttemptTable
  ) -> Sallyport_Worker_V1_WorkerMessage {
    var hello = Sallyport_Session_V1_Hello()
    hello.version = SallyportVersion.current
    hello.displayName = description.displayName
    hello.labels = description.labels
    hello.capacity = UInt32(table.capacity)
    hello.inventory = table.accepted.map { attempt, phase in
      var running = Sallyport_Session_V1_RunningAttempt()
      running.jobID = attempt.job.rawValue
      running.epoch = attempt.epoch
      running.phase = phase == .finished ? .finished : .running
      return running
    }
    return .with { $0.hello = hello }
  }

  /// - Throws: ``SessionViolation``: the session must end.
  package mutating func received(
    _ message: Sallyport_Worker_V1_GatewayMessage, table: inout AttemptTable, now: BootInstant,
    hasSeen: (AttemptID) -> Bool
  ) throws(SessionViolation) -> [Action] {
    switch message.message {
    case .welcome(let welcome): return try welcomed(welcome, table: &table, now: now)
    case nil: return []
    default: break
    }
    guard terms != nil else { throw SessionViolation(.noWelcome) }
    switch message.message {
    case .ping(let ping): return [.send(.with { $0.pong.nonce = ping.nonce })]
    case .pong(let pong):
      pings.receivedPong(nonce: pong.nonce)
      return []
    case .offer(let offer): return offered(offer, table: &table, hasSeen: hasSeen)
    case .offerWithdrawn(let withdrawn):
      return stop(withdrawn.attempt, .init(.fenced, detail: "the offer was withdrawn"), in: &table)
    case .leasesRenewed(let renewed):
      let actions = leasesRenewed(renewed, table: &table)
      return actions + (owesRenewal ? renewal(table, now: now) : [])
    case .cancel(let cancel):
      let detail = cancel.reason.isEmpty ? "cancelled" : oneLine(cancel.reason)
      return stop(cancel.attempt, .init(.cancelled, detail: detail), in: &table)
        + [.send(.with { $0.cancelAcknowledged.attempt = cancel.attempt })]
    case .drain(let drain): return drained(drain, table: &table)
    case .creditsBarrier(let passed):
      guard passed.barrier == drainBarrier else { return [] }
      return [.drained]
    case .welcome, nil: return []
    }
  }

  /// What is due now: pings, one renewal for all leases.
  package mutating func tick(
    table: AttemptTable, now: BootInstant
  ) throws(SessionViolation) -> [Action] {
    guard let terms else { return [] }
    var actions: [Action] = []
    if now >= nextPing {
      nextPing = now.advanced(by: terms.pingInterval)
      switch pings.tick() {
      case .send(let nonce): actions.append(.send(.with { $0.ping.nonce = nonce }))
      case .dead: throw SessionViolation(.silent)
      }
    }
    if now >= nextRenewal {
      nextRenewal = now.advanced(by: terms.renewInterval)
      actions += renewal(table, now: now)
    }
    return actions
  }

  /// When ``tick(table:now:)`` next has something to do; nil before the Welcome.
  package var nextTick: BootInstant? { terms == nil ? nil : min(nextPing, nextRenewal) }

  /// To call whenever the table has changed.
  ///
  /// The gateway counts an offer against the credits from when it makes it, and for good once it is
  /// accepted: so offers without an answer are part of what is granted.
  package mutating func creditsIfChanged(_ table: AttemptTable) -> [Action] {
    guard terms != nil else { return [] }
    let takesNothing = gatewayDrains || table.isDraining
    let credits = takesNothing ? 0 : table.credits + table.unanswered
    let startsDrain = table.isDraining && drainBarrier == nil
    guard credits != granted || startsDrain else { return [] }
    granted = credits
    var actions: [Action] = []
    var message = Sallyport_Worker_V1_Credits()
    message.credits = UInt32(credits)
    if startsDrain {
      barrier += 1
      drainBarrier = barrier
      message.barrier = barrier
      actions.append(.send(.with { $0.drain.reason = "the worker takes no more jobs" }))
    }
    return actions + [.send(.with { $0.credits = message })]
  }

  /// Accepts an offer that the table has reserved a slot for, and asks at once for the renewal of
  /// its lease: the answer says whether the acceptance came in time.
  ///
  /// - Returns: When the attempt must be dead unless its lease is renewed; nil before the Welcome.
  package mutating func accept(
    _ attempt: AttemptID, in table: inout AttemptTable, now: BootInstant
  ) -> (fence: BootInstant, actions: [Action])? {
    guard let terms else { return nil }
    granted = granted.map { max($0 - 1, 0) }
    let fence = LeaseTerms.fence(sent: now, remaining: terms.leaseDuration)
    table.run(attempt, fence: fence)
    owesRenewal = true
    return (
      fence, [.send(.with { $0.accept.attempt = attempt.message })] + renewal(table, now: now)
    )
  }

  /// Gives back an offer that could not be taken after all.
  package func reject(_ attempt: AttemptID, reason: String) -> [Action] {
    terms == nil ? [] : [reject(attempt.message, oneLine(reason))]
  }

  // MARK: -

  private mutating func welcomed(
    _ welcome: Sallyport_Session_V1_Welcome, table: inout AttemptTable, now: BootInstant
  ) throws(SessionViolation) -> [Action] {
    guard terms == nil else { throw SessionViolation(.secondWelcome) }
    guard isPinned(welcome.externalID) else { throw SessionViolation(.externalID) }
    let terms = LeaseTerms.checked(welcome)
    self.terms = terms
    nextPing = now
    nextRenewal = now
    var actions: [Action] = []
    for stale in welcome.staleAttempts {
      actions += stop(
        stale, .init(.fenced, detail: "the gateway no longer recognises the attempt"), in: &table)
    }
    actions += try tick(table: table, now: now)
    return actions + creditsIfChanged(table)
  }

  private func isPinned(_ id: String) -> Bool {
    !externalID.isEmpty && constantTimeEqual(Array(id.utf8), Array(externalID.utf8))
  }

  private mutating func offered(
    _ offer: Sallyport_Worker_V1_Offer, table: inout AttemptTable, hasSeen: (AttemptID) -> Bool
  ) -> [Action] {
    guard isPinned(offer.externalID) else {
      return refuse(offer, "the external id is not this tenant's", isForAnotherTenant: true)
    }
    guard let attempt = AttemptID(offer.attempt) else {
      return refuse(offer, "malformed attempt")
    }
    if table.entries[attempt] != nil || hasSeen(attempt) {
      return refuse(offer, "this worker has had this attempt before")
    }
    guard table.credits > 0 else {
      return refuse(offer, table.isDraining ? "draining" : "no free slot")
    }
    table.take(attempt)
    return [
      .take(
        OfferedJob(
          attempt: attempt, specification: offer.job, isSealed: offer.sealed,
          submitter: oneLine(offer.submittedBy)))
    ]
  }

  private func refuse(
    _ offer: Sallyport_Worker_V1_Offer, _ reason: String, isForAnotherTenant: Bool = false
  ) -> [Action] {
    [
      reject(offer.attempt, reason),
      .refused(
        RefusedOffer(
          attempt: AttemptID(offer.attempt), reason: reason,
          isForAnotherTenant: isForAnotherTenant)),
    ]
  }

  private func reject(_ attempt: Sallyport_Session_V1_AttemptRef, _ reason: String) -> Action {
    .send(
      .with {
        $0.reject.attempt = attempt
        $0.reject.reason = reason
      })
  }

  private func stop(
    _ reference: Sallyport_Session_V1_AttemptRef, _ stop: AttemptControl.Stop,
    in table: inout AttemptTable
  ) -> [Action] {
    guard let attempt = AttemptID(reference), let entry = table.entries[attempt],
      entry.phase != .finished
    else { return [] }
    table.markStopping(attempt)
    return [.stop(attempt, stop)]
  }

  /// A gateway that stops names a grace: this connection ends, others follow. Without one it is the
  /// worker that is drained, whichever connection it uses, and that ends once it is.
  private mutating func drained(
    _ drain: Sallyport_Session_V1_Drain, table: inout AttemptTable
  ) -> [Action] {
    if drain.hasGrace {
      gatewayDrains = true
      return creditsIfChanged(table) + [.leaveConnection(grace: drain.connectionGrace)]
    }
    table.drain()
    return creditsIfChanged(table) + [.drain(WorkerDrain(drain))]
  }

  /// One message for all leases. At most one renewal is unanswered at any time, so that an answer
  /// always belongs to the time that is counted from.
  private mutating func renewal(_ table: AttemptTable, now: BootInstant) -> [Action] {
    let attempts = table.renewable(now: now).map(\.message)
    guard !attempts.isEmpty, renewalSent == nil else { return [] }
    renewalSent = now
    owesRenewal = false
    return [.send(.with { $0.renewLeases.attempts = attempts })]
  }

  private mutating func leasesRenewed(
    _ message: Sallyport_Worker_V1_LeasesRenewed, table: inout AttemptTable
  ) -> [Action] {
    let sent = renewalSent
    renewalSent = nil
    var actions: [Action] = []
    for renewal in message.renewals {
      guard let attempt = AttemptID(renewal.attempt), table.entries[attempt] != nil else {
        continue
      }
      if !renewal.renewed {
        actions += stop(
          renewal.attempt, .init(.fenced, detail: "the gateway says that the lease is lost"),
          in: &table)
      } else if let sent, let terms {
        let remaining = min(renewal.remaining.duration, terms.leaseDuration)
        let fence = LeaseTerms.fence(sent: sent, remaining: remaining)
        table.renew(attempt, fence: fence)
        actions.append(.renewed(attempt, fence: fence))
      }
    }
    return actions
  }
}
