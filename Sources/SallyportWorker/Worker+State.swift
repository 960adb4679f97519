import Logging
import SallyportCore
import SallyportLedger
import SallyportProtos
import SallyportSession
import Synchronization

/// Where sessions, attempts and signals meet: everything here decides under the lock and acts
/// outside it, except that messages are queued under it, which keeps their order.
extension Worker {
  /// Takes the gateway's first message; a session counts from here on.
  func open(
    _ greeted: LiveSession, with welcome: Sallyport_Worker_V1_GatewayMessage,
    access: GatewayAccess, control: SessionControl
  ) throws {
    var session = greeted.state
    let actions = try state.withLock { state throws(SessionViolation) in
      let history = state.history
      let actions = try session.received(
        welcome, table: &state.table, now: .now(), hasSeen: history.contains)
      guard session.terms != nil else { throw SessionViolation(.noWelcome) }
      state.live = LiveSession(
        number: greeted.number, state: session, outbound: greeted.outbound)
      state.isDrained = false
      state.leaseDuration = session.terms?.leaseDuration
      return try Self.send(actions, through: greeted.outbound)
    }
    control.established(returnWindow: session.terms?.returnWindow)
    links.publish(access)
    logger.info("session open", metadata: ["session": "\(session.terms?.session ?? "")"])
    perform(actions, from: greeted.number, control: control)
  }

  func receive(
    _ message: Sallyport_Worker_V1_GatewayMessage, in control: SessionControl
  ) throws {
    let actions = try withLive(control.number) { live, state throws(SessionViolation) in
      let history = state.history
      return try live.state.received(
        message, table: &state.table, now: .now(), hasSeen: history.contains)
    }
    perform(actions, from: control.number, control: control)
  }

  func tick(_ number: Int) throws {
    _ = try withLive(number) { live, state throws(SessionViolation) in
      try live.state.tick(table: state.table, now: .now())
    }
  }

  /// Nil once the session is not the live one any more.
  func nextTick(of number: Int) -> BootInstant? {
    state.withLock { state in
      state.live?.number == number ? state.live?.state.nextTick : nil
    }
  }

  func close(_ number: Int) {
    state.withLock { state in
      if state.live?.number == number { state.live = nil }
    }
    changes.ring()
  }

  /// Changes the table and tells the gateway how many jobs this worker takes now.
  func update(_ body: (inout AttemptTable) -> Void) {
    state.withLock { state in
      body(&state.table)
      if state.table.entries.isEmpty { state.lastBusy = .now() }
      guard var live = state.live else { return }
      // A queue that is full has ended its session, which is noticed there.
      _ = try? Self.send(live.state.creditsIfChanged(state.table), through: live.outbound)
      state.live = live
    }
    changes.ring()
  }

  /// Accepts an offer in the session that it came by. A worker for a single job drains with it.
  ///
  /// - Returns: Nil where that session is gone, a newer one has said Hello, the offer was withdrawn
  ///   meanwhile, or jobs are to stop: ``stopJobs(_:)`` stops what it finds in ``State/controls``.
  func accept(_ offer: TakenOffer) -> AttemptControl? {
    let control = take(offer)
    if control != nil, settings.takesOneJob { drain() }
    return control
  }

  private func take(_ offer: TakenOffer) -> AttemptControl? {
    let attempt = offer.job.attempt
    let grace = settings.attempts.cancelGrace
    return state.withLock { state in
      guard !state.stopsJobs, var live = state.live, live.number == offer.session,
        offer.session >= state.greeted, state.table.entries[attempt]?.isStopping == false,
        let (fence, actions) = live.state.accept(attempt, in: &state.table, now: .now())
      else { return nil }
      guard (try? Self.send(actions, through: live.outbound)) != nil else { return nil }
      state.live = live
      let control = AttemptControl(attempt: attempt, fence: fence, cancelGrace: grace)
      state.controls[attempt] = control
      return control
    }
  }

  func reject(_ offer: TakenOffer, reason: String) {
    let attempt = offer.job.attempt
    ledger.note(LedgerJob(attempt, decision: .deny(reason: oneLine(reason))))
    state.withLock { state in
      guard let live = state.live, live.number == offer.session else { return }
      _ = try? Self.send(live.state.reject(attempt, reason: reason), through: live.outbound)
    }
    update { $0.remove(attempt) }
  }

  // MARK: -

  private func withLive(
    _ number: Int,
    _ body: (inout LiveSession, inout State) throws(SessionViolation) -> [SessionState.Action]
  ) throws(SessionViolation) -> [SessionState.Action] {
    try state.withLock { state throws(SessionViolation) in
      guard var live = state.live, live.number == number else { return [] }
      let actions = try body(&live, &state)
      state.live = live
      return try Self.send(actions, through: live.outbound)
    }
  }

  /// Queues what is to be sent.
  /// - Returns: The other actions.
  private static func send(
    _ actions: [SessionState.Action], through outbox: Outbox
  ) throws(SessionViolation) -> [SessionState.Action] {
    var others: [SessionState.Action] = []
    for action in actions {
      if case .send(let message) = action {
        try outbox.send(message)
      } else {
        others.append(action)
      }
    }
    return others
  }

  private func perform(
    _ actions: [SessionState.Action], from number: Int, control: SessionControl
  ) {
    for action in actions {
      switch action {
      case .send: break
      case .take(let job):
        let session = state.withLock { state in
          state.history.note(job.attempt)
          return state.live?.state.terms?.session ?? ""
        }
        take.yield(TakenOffer(job: job, session: number, sessionID: session))
      case .stop(let attempt, let stop):
        state.withLock { $0.controls[attempt] }?.stop(stop)
      case .renewed(let attempt, let fence):
        state.withLock { $0.controls[attempt] }?.renew(until: fence)
      case .drain(let drain): obey(drain)
      case .drained:
        state.withLock { $0.isDrained = true }
        changes.ring()
      case .leaveConnection(let grace): control.requestHandover(grace: grace)
      case .refused(let offer): note(offer)
      }
    }
  }

  private func note(_ offer: RefusedOffer) {
    logger.warning(
      "offer refused",
      metadata: [
        "job": "\(offer.attempt?.job.rawValue ?? "-")", "reason": "\(offer.reason)",
      ])
    if offer.isForAnotherTenant {
      ledger.note(LedgerExternalIDRefusal(attempt: offer.attempt, reason: "an offer"))
    } else {
      ledger.note(LedgerJob(offer.attempt, decision: .deny(reason: offer.reason)))
    }
  }
}
