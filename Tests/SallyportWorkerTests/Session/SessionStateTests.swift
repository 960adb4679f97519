import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Testing

@testable import SallyportWorker

struct SessionStateTests {
  private static let externalID = "0123456789abcdef0123456789abcdef"
  private let start = BootInstant(nanoseconds: 1_000_000_000_000)
  private let attempt = AttemptID(job: .random(), epoch: 1)

  /// A session after its Welcome, and what drives it.
  private struct Harness {
    var session = SessionState(externalID: SessionStateTests.externalID)
    var table = AttemptTable(capacity: 2)
    var seen: Set<AttemptID> = []

    mutating func receive(
      at now: BootInstant, _ populate: (inout Sallyport_Worker_V1_GatewayMessage) -> Void
    ) throws -> [SessionState.Action] {
      let seen = seen
      return try session.received(
        .with(populate), table: &table, now: now, hasSeen: { seen.contains($0) })
    }

    mutating func welcome(
      at now: BootInstant, _ populate: (inout Sallyport_Session_V1_Welcome) -> Void = { _ in }
    ) throws -> [SessionState.Action] {
      try receive(at: now) {
        $0.welcome.externalID = SessionStateTests.externalID
        $0.welcome.leaseDuration.seconds = 120
        $0.welcome.leaseRenewInterval.seconds = 20
        $0.welcome.pingInterval.seconds = 30
        populate(&$0.welcome)
      }
    }

    mutating func offer(
      _ attempt: AttemptID, externalID: String = SessionStateTests.externalID, at now: BootInstant
    ) throws -> [SessionState.Action] {
      try receive(at: now) {
        $0.offer.attempt = attempt.message
        $0.offer.externalID = externalID
        $0.offer.job.command = ["true"]
      }
    }

    mutating func run(_ attempt: AttemptID, at now: BootInstant) throws -> BootInstant {
      _ = try offer(attempt, at: now)
      let accepted = session.accept(attempt, in: &table, now: now)
      return try #require(accepted).fence
    }
  }

  private func sent(_ actions: [SessionState.Action])
    -> [Sallyport_Worker_V1_WorkerMessage.OneOf_Message]
  {
    actions.compactMap { if case .send(let message) = $0 { message.message } else { nil } }
  }

  private func credits(_ actions: [SessionState.Action]) -> [Sallyport_Worker_V1_Credits] {
    sent(actions).compactMap { if case .credits(let credits) = $0 { credits } else { nil } }
  }

  @Test func aWelcomeBringsAPingAndCredits() throws {
    var harness = Harness()
    let actions = try harness.welcome(at: start)
    #expect(credits(actions).map(\.credits) == [2])
    #expect(sent(actions).contains { if case .ping = $0 { true } else { false } })
  }

  @Test(arguments: ["", "0123456789abcdef0123456789abcde", "0123456789ABCDEF0123456789ABCDEF"])
  func aWrongExternalIDInTheWelcomeEndsTheSession(id: String) throws {
    var harness = Harness()
    let violation = #expect(throws: SessionViolation.self) {
      try harness.welcome(at: start) { $0.externalID = id }
    }
    #expect(violation?.code == .externalID)
    #expect(harness.session.creditsIfChanged(harness.table).isEmpty)
  }

  @Test func aWorkerWithoutAPinnedExternalIDTrustsNobody() throws {
    var session = SessionState(externalID: "")
    var table = AttemptTable(capacity: 1)
    #expect(throws: SessionViolation.self) {
      try session.received(
        .with { $0.welcome.externalID = "" }, table: &table, now: start, hasSeen: { _ in false })
    }
  }

  @Test func nothingComesBeforeTheWelcomeAndOnlyOne() throws {
    var harness = Harness()
    #expect(throws: SessionViolation(.noWelcome)) { try harness.offer(attempt, at: start) }
    _ = try harness.welcome(at: start)
    #expect(throws: SessionViolation(.secondWelcome)) { try harness.welcome(at: start) }
  }

  @Test(arguments: ["", "0123456789abcdef0123456789abcdee", "0123456789abcdef0123456789abcdef0"])
  func anOfferWithAnotherExternalIDReservesNothing(id: String) throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    let actions = try harness.offer(attempt, externalID: id, at: start)
    #expect(sent(actions).count == 1 && harness.table.entries.isEmpty)
    #expect(!actions.contains { if case .take = $0 { true } else { false } })
  }

  @Test(arguments: [("", 1), ("XYZ", 1), ("0123456789abcdef0123456789abcdef", 0)])
  func aMalformedAttemptIsRejected(job: String, epoch: UInt64) throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    let actions = try harness.receive(at: start) {
      $0.offer.attempt.jobID = job
      $0.offer.attempt.epoch = epoch
      $0.offer.externalID = Self.externalID
    }
    #expect(actions.count == 2 && sent(actions).count == 1)
  }

  @Test func creditsFollowOffersAsTheGatewayCountsThem() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    // The gateway now counts two grants and one unanswered offer: nothing to say.
    _ = try harness.offer(attempt, at: start)
    #expect(harness.session.creditsIfChanged(harness.table).isEmpty)
    _ = harness.session.accept(attempt, in: &harness.table, now: start)
    // It has used one up: still nothing to say.
    #expect(harness.session.creditsIfChanged(harness.table).isEmpty)
    harness.table.finish(attempt)
    #expect(credits(harness.session.creditsIfChanged(harness.table)).map(\.credits) == [2])
    // Another that is not taken after all costs no grant.
    let other = AttemptID(job: .random(), epoch: 1)
    _ = try harness.offer(other, at: start)
    harness.table.remove(other)
    #expect(harness.session.creditsIfChanged(harness.table).isEmpty)
  }

  @Test func noMoreIsTakenThanFits() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    for _ in 0..<2 { _ = try harness.offer(AttemptID(job: .random(), epoch: 1), at: start) }
    let actions = try harness.offer(attempt, at: start)
    guard case .reject(let reject)? = sent(actions).first else {
      Issue.record("\(actions)")
      return
    }
    #expect(reject.reason == "no free slot" && harness.table.entries.count == 2)
  }

  @Test func aRepeatedOfferIsRefused() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    harness.seen = [attempt]
    let actions = try harness.offer(attempt, at: start)
    #expect(harness.table.entries.isEmpty && sent(actions).count == 1)
  }

  @Test func resultsThatTheGatewayDoesNotTakeStopTheFlowOfJobs() throws {
    var table = AttemptTable(capacity: 2)
    for _ in 0..<AttemptTable.maximumUnsettled {
      table.finish(AttemptID(job: .random(), epoch: 1))
    }
    #expect(table.credits == 0)
  }

  @Test func theLeaseCountsFromSendingAndEndsEarly() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    let fence = try harness.run(attempt, at: start)
    #expect(fence == start.advanced(by: .seconds(110)))
    _ = try harness.receive(at: start) { $0.leasesRenewed = .init() }
    let sentAt = start.advanced(by: .seconds(20))
    let actions = try harness.session.tick(table: harness.table, now: sentAt)
    #expect(sent(actions).contains { if case .renewLeases = $0 { true } else { false } })
    let renewed = try harness.receive(at: sentAt.advanced(by: .seconds(15))) {
      $0.leasesRenewed.renewals = [
        .with {
          $0.attempt = attempt.message
          $0.renewed = true
          $0.remaining.seconds = 120
        }
      ]
    }
    guard case .renewed(attempt, let moved)? = renewed.first else {
      Issue.record("\(renewed)")
      return
    }
    #expect(moved == sentAt.advanced(by: .seconds(110)))
    #expect(harness.table.expire(now: start.advanced(by: .seconds(129))).isEmpty)
    #expect(harness.table.expire(now: start.advanced(by: .seconds(130))) == [attempt])
    #expect(harness.table.expire(now: start.advanced(by: .seconds(131))).isEmpty)
  }

  @Test func anAnswerThatNobodyAskedForRenewsNothing() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    let fence = try harness.run(attempt, at: start)
    _ = try harness.receive(at: start) { $0.leasesRenewed = .init() }
    let actions = try harness.receive(at: start.advanced(by: .seconds(100))) {
      $0.leasesRenewed.renewals = [
        .with {
          $0.attempt = attempt.message
          $0.renewed = true
          $0.remaining.seconds = 120
        }
      ]
    }
    #expect(actions.isEmpty && harness.table.entries[attempt]?.fence == fence)
  }

  @Test func atMostOneRenewalIsUnanswered() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    _ = try harness.run(attempt, at: start)
    var renewals = 0
    for second in 20...28 where second % 20 < 9 {
      let now = start.advanced(by: .seconds(second * 10))
      for action in sent(try harness.session.tick(table: harness.table, now: now)) {
        if case .renewLeases = action { renewals += 1 }
        if case .ping(let ping) = action {
          _ = try harness.receive(at: now) { $0.pong.nonce = ping.nonce }
        }
      }
    }
    // The one that came with the acceptance has no answer yet.
    #expect(renewals == 0)
  }

  @Test func anAcceptanceAsksForItsRenewalAtOnce() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    _ = try harness.offer(attempt, at: start)
    let accepted = harness.session.accept(attempt, in: &harness.table, now: start)
    #expect(renewed(try #require(accepted).actions) == [[attempt.message]])
    // A second one has to wait for the answer to the first, and is asked for with it.
    let other = AttemptID(job: .random(), epoch: 1)
    _ = try harness.offer(other, at: start)
    let second = harness.session.accept(other, in: &harness.table, now: start)
    #expect(renewed(try #require(second).actions).isEmpty)
    let answered = try harness.receive(at: start) { $0.leasesRenewed = .init() }
    #expect(renewed(answered).map(\.count) == [2])
    #expect(try renewed(harness.receive(at: start) { $0.leasesRenewed = .init() }).isEmpty)
  }

  @Test func aLeaseThatIsOverIsNotRenewed() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    let fence = try harness.run(attempt, at: start)
    _ = try harness.receive(at: start) { $0.leasesRenewed = .init() }
    #expect(renewed(try harness.session.tick(table: harness.table, now: fence)).isEmpty)
    harness.table.finish(attempt)
    let later = fence.advanced(by: .seconds(20))
    #expect(renewed(try harness.session.tick(table: harness.table, now: later)).count == 1)
  }

  private func renewed(_ actions: [SessionState.Action]) -> [[Sallyport_Session_V1_AttemptRef]] {
    sent(actions).compactMap {
      if case .renewLeases(let renewal) = $0 { renewal.attempts } else { nil }
    }
  }

  @Test func aGatewayThatPromisesTheMoonIsNotBelieved() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start) {
      $0.leaseDuration.seconds = .max
      $0.leaseDuration.nanos = .max
      $0.leaseRenewInterval.seconds = -5
      $0.pingInterval.seconds = .min
    }
    let terms = try #require(harness.session.terms)
    #expect(terms.leaseDuration <= .seconds(3_600))
    #expect(terms.renewInterval > .zero && terms.renewInterval <= terms.leaseDuration / 3)
    #expect(terms.pingInterval > .zero)
  }

  @Test func aSilentGatewayIsLeftAfterTwoPings() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    _ = try harness.session.tick(table: harness.table, now: start.advanced(by: .seconds(30)))
    #expect(throws: SessionViolation(.silent)) {
      try harness.session.tick(table: harness.table, now: start.advanced(by: .seconds(60)))
    }
  }

  @Test func cancelIsAcknowledgedAlsoForWhatIsUnknown() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    let unknown = try harness.receive(at: start) { $0.cancel.attempt = attempt.message }
    #expect(unknown.count == 1 && sent(unknown).count == 1)
    _ = try harness.run(attempt, at: start)
    let known = try harness.receive(at: start) { $0.cancel.attempt = attempt.message }
    guard case .stop(attempt, let stop)? = known.first else {
      Issue.record("\(known)")
      return
    }
    #expect(stop.reason == .cancelled && sent(known).count == 1)
  }

  @Test func staleAttemptsAreStopped() throws {
    var harness = Harness()
    harness.table.run(attempt, fence: start)
    let actions = try harness.welcome(at: start) { $0.staleAttempts = [attempt.message] }
    guard case .stop(attempt, let stop)? = actions.first else {
      Issue.record("\(actions)")
      return
    }
    #expect(stop.reason == .fenced)
  }

  @Test func anOfferWithdrawnBeforeItIsAcceptedIsMarked() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    _ = try harness.offer(attempt, at: start)
    _ = try harness.receive(at: start) { $0.offerWithdrawn.attempt = attempt.message }
    #expect(harness.table.entries[attempt]?.isStopping == true)
  }

  @Test func drainGrantsNothingAndNamesABarrierOnce() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    harness.table.drain()
    let actions = harness.session.creditsIfChanged(harness.table)
    let grant = try #require(credits(actions).first)
    #expect(grant.credits == 0 && grant.barrier != 0)
    #expect(harness.session.creditsIfChanged(harness.table).isEmpty)
    #expect(
      try harness.receive(at: start) { $0.creditsBarrier.barrier = grant.barrier + 1 }.isEmpty)
    let passed = try harness.receive(at: start) { $0.creditsBarrier.barrier = grant.barrier }
    guard case .drained? = passed.first else {
      Issue.record("\(passed)")
      return
    }
  }

  @Test func aGatewayThatStopsIsLeftAndAnOperatorsDrainStays() throws {
    var harness = Harness()
    _ = try harness.welcome(at: start)
    let stopping = try harness.receive(at: start) { $0.drain.grace.seconds = 30 }
    #expect(credits(stopping).map(\.credits) == [0] && !harness.table.isDraining)
    #expect(stopping.contains { if case .leaveConnection = $0 { true } else { false } })

    var other = Harness()
    _ = try other.welcome(at: start)
    let drained = try other.receive(at: start) { $0.drain.reason = "maintenance" }
    #expect(credits(drained).map(\.credits) == [0] && other.table.isDraining)
    #expect(drain(drained) == WorkerDrain(.with { $0.reason = "maintenance" }))

    var third = Harness()
    _ = try third.welcome(at: start)
    let cycled = try third.receive(at: start) {
      $0.drain.restart = true
      $0.drain.jobTimeout.seconds = -3
    }
    let found = drain(cycled)
    #expect(found?.restarts == true && found?.jobTimeout == .zero)
  }

  private func drain(_ actions: [SessionState.Action]) -> WorkerDrain? {
    actions.compactMap { if case .drain(let drain) = $0 { drain } else { nil } }.first
  }

  @Test func theInventoryNamesWhatRunsAndWhatWaits() {
    let session = SessionState(externalID: Self.externalID)
    var table = AttemptTable(capacity: 3)
    let finished = AttemptID(job: .random(), epoch: 2)
    table.run(attempt, fence: start)
    table.finish(finished)
    table.take(AttemptID(job: .random(), epoch: 1))
    let message = session.hello(
      WorkerDescription(displayName: "w", labels: ["a": "b"]), table: table)
    let inventory = Dictionary(
      uniqueKeysWithValues: message.hello.inventory.map { ($0.jobID, $0.phase) })
    #expect(
      inventory == [attempt.job.rawValue: .running, finished.job.rawValue: .finished])
  }
}
