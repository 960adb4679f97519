import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct WorkerSessionStateTests {
  private let start = Timestamp(seconds: 1_000)
  private let limits = GatewayLimits()

  private func job(_ epoch: UInt64 = 1, cancelRequested: Bool = false) -> JobRecord {
    var job = JobRecord(
      id: .random(), tenant: TenantName(unchecked: "acme"), pool: PoolName(unchecked: "linux"),
      state: .offered, epoch: epoch, vcsPool: nil, submittedBy: "alice",
      submittedAt: start)
    job.cancelRequested = cancelRequested
    return job
  }

  private func opened(
    capacity: UInt32 = 8, cancelled: [JobRecord] = [], drain: DrainRequest? = nil
  ) -> (WorkerSessionState, [WorkerSessionAction]) {
    var state = WorkerSessionState(limits: SharedLimits(limits), now: start)
    let hello = WorkerMessage.with { $0.hello = .with { $0.capacity = capacity } }
    let actions = state.handle(.message(hello), now: start)
    guard case .open? = actions.first else { return (state, actions) }
    let opening = WorkerSessionOpening(
      session: .random(), externalID: "x", sealed: true, cancelled: cancelled, stale: [],
      drain: drain)
    let more = state.handle(.opened(opening), now: start)
    return (state, more)
  }

  private func credits(_ count: UInt32, barrier: UInt64 = 0) -> WorkerSessionInput {
    .message(
      .with {
        $0.credits = .with {
          $0.credits = count
          $0.barrier = barrier
        }
      })
  }

  private func claimed(_ jobs: [JobRecord]) -> WorkerSessionInput {
    .claimed(
      jobs,
      OfferContents(
        specs: Dictionary(uniqueKeysWithValues: jobs.map { ($0.id, []) }), externalID: "x"))
  }

  private func claim(_ limit: Int, _ excluding: Set<JobID> = []) -> WorkerSessionAction {
    .claim(limit: limit, excluding: excluding)
  }

  @Test("Hello must come first, once, and in time")
  func hello() {
    var state = WorkerSessionState(limits: SharedLimits(limits), now: start)
    #expect(state.handle(.tick, now: start + .seconds(9)).isEmpty)
    #expect(state.handle(.tick, now: start + .seconds(10)) == [.end(.noHello)])

    var eager = WorkerSessionState(limits: SharedLimits(limits), now: start)
    #expect(
      eager.handle(credits(1), now: start)
        == [.end(.violation("a session begins with Hello"))])
    #expect(eager.handle(credits(1), now: start).isEmpty)

    var (twice, _) = opened()
    #expect(
      twice.handle(.message(.with { $0.hello = .init() }), now: start)
        == [.end(.violation("a session has one Hello"))])
  }

  @Test("credits are absolute; unanswered offers are subtracted")
  func creditAccounting() {
    var (state, _) = opened()
    #expect(state.handle(credits(2), now: start) == [.noteReady, claim(2)])
    let (first, second) = (job(), job())
    #expect(state.handle(claimed([first, second]), now: start).count == 2)
    #expect(state.available == 0)
    // A grant that crossed the offers on the wire does not count them twice.
    #expect(state.handle(credits(2), now: start).isEmpty)
    let accept = WorkerMessage.with { $0.accept.attempt = AttemptRef(first.attempt) }
    #expect(state.handle(.message(accept), now: start) == [.accept(first.attempt)])
    #expect(state.available == 0)
    #expect(state.handle(credits(0), now: start).isEmpty)
    #expect(state.handle(.signal(.jobReady(nil)), now: start) == [.passOn(nil)])
    #expect(state.handle(credits(3), now: start) == [claim(2)])
  }

  @Test("a barrier is answered after every offer made before it, and before new claims")
  func barrier() {
    var (state, _) = opened()
    _ = state.handle(credits(1), now: start)
    let offers = state.handle(claimed([job()]), now: start)
    #expect(offers.count == 1)
    #expect(state.handle(credits(0, barrier: 7), now: start) == [.send(.barrier(7))])
    #expect(state.handle(.signal(.jobReady(nil)), now: start) == [.passOn(nil)])
    #expect(
      state.handle(credits(5, barrier: 8), now: start) == [.send(.barrier(8)), claim(4)])
  }

  @Test("credits never exceed the capacity of the Hello")
  func capacity() {
    var (state, _) = opened(capacity: 3)
    #expect(state.handle(credits(.max), now: start) == [.noteReady, claim(3)])
  }

  @Test("a claim that the store refused is made again at the next tick, once")
  func refusedClaim() {
    var (state, _) = opened()
    #expect(state.handle(credits(2), now: start) == [.noteReady, claim(2)])
    #expect(state.handle(.storeFailed(claim(2)), now: start).isEmpty)
    #expect(state.handle(.tick, now: start + .seconds(1)) == [claim(2)])
    #expect(state.handle(.tick, now: start + .seconds(2)).isEmpty)
    // Where it has no credits left, there is nothing to claim.
    #expect(state.handle(.storeFailed(claim(2)), now: start).isEmpty)
    _ = state.handle(credits(0), now: start)
    #expect(state.handle(.tick, now: start + .seconds(3)).isEmpty)
  }

  @Test("of a tenant that is purged, whatever the worker runs is cancelled, and the session ends")
  func purged() throws {
    var (state, _) = opened()
    _ = state.handle(credits(4), now: start)
    let (accepted, renewed, waiting) = (job(), job(), job())
    _ = state.handle(claimed([accepted, renewed, waiting]), now: start)
    for job in [accepted, renewed] {
      let accept = WorkerMessage.with { $0.accept.attempt = AttemptRef(job.attempt) }
      _ = state.handle(.message(accept), now: start)
    }
    var other = state
    let renewal = WorkerMessage.with {
      $0.renewLeases.attempts = [AttemptRef(renewed.attempt)]
    }
    _ = other.handle(.message(renewal), now: start)
    func cancel(_ job: JobRecord) -> WorkerSessionAction {
      .send(.cancel(job.attempt, reason: "the tenant is purged"))
    }
    let actions = state.handle(.signal(.dismissed(reason: "the tenant is purged")), now: start)
    #expect(actions.count == 3 && actions.contains(cancel(accepted)))
    #expect(actions.contains(cancel(renewed)) && actions.last == .end(.revoked))
    #expect(
      other.handle(.signal(.dismissed(reason: "the tenant is purged")), now: start) == [
        cancel(renewed), .end(.revoked),
      ])
    #expect(other.handle(.tick, now: start).isEmpty)
  }

  @Test("a rejected job is not offered to this session again")
  func rejection() {
    var (state, _) = opened()
    _ = state.handle(credits(1), now: start)
    let refused = job()
    _ = state.handle(claimed([refused]), now: start)
    let reject = WorkerMessage.with {
      $0.reject = .with {
        $0.attempt = AttemptRef(refused.attempt)
        $0.reason = "external id"
      }
    }
    #expect(
      state.handle(.message(reject), now: start)
        == [.reject(refused.attempt, reason: "external id"), claim(1, [refused.id])])
  }

  @Test("an offer that lapsed is treated like a rejected one, and comes back after a minute")
  func lapse() {
    var (state, _) = opened()
    _ = state.handle(credits(1), now: start)
    let silent = job()
    _ = state.handle(claimed([silent]), now: start)
    #expect(
      state.handle(.signal(.lapse(silent.attempt)), now: start)
        == [.send(.withdrawn(silent.attempt)), claim(1, [silent.id])])
    #expect(
      state.handle(.signal(.jobReady(ReadyJob(silent))), now: start)
        == [.passOn(ReadyJob(silent))])
    #expect(
      state.handle(.signal(.jobReady(ReadyJob(id: .random()))), now: start)
        == [claim(1, [silent.id])])
    #expect(state.handle(.tick, now: start + .seconds(29)).isEmpty)
    #expect(state.handle(.tick, now: start + .seconds(60)).last == claim(1))
  }

  @Test("a worker with room for more gets half a queue of offers at once, the rest as it answers")
  func openOffers() {
    var (state, _) = opened(capacity: 1_024)
    #expect(state.handle(credits(1_024), now: start) == [.noteReady, claim(128)])
    let jobs = (0..<128).map { _ in job() }
    _ = state.handle(claimed(jobs), now: start)
    #expect(state.handle(.signal(.jobReady(nil)), now: start) == [.passOn(nil)])
    let accept = WorkerMessage.with { $0.accept.attempt = AttemptRef(jobs[0].attempt) }
    #expect(
      state.handle(.message(accept), now: start) == [.accept(jobs[0].attempt), claim(1)])
  }

  @Test("a session whose connection is to end says so, and claims nothing more")
  func leaving() {
    var (state, _) = opened()
    let actions = state.handle(.signal(.leaveConnection), now: start)
    guard case .send(let message)? = actions.first, case .drain(let drain)? = message.message else {
      Issue.record("\(actions)")
      return
    }
    #expect(drain.grace.seconds == 300 && actions.count == 1)
    #expect(state.handle(credits(5), now: start).isEmpty)
  }

  @Test("a withdrawn offer frees its credit; one that was answered is left alone")
  func withdrawal() {
    var (state, _) = opened()
    _ = state.handle(credits(1), now: start)
    let offer = job()
    _ = state.handle(claimed([offer]), now: start)
    #expect(
      state.handle(.signal(.withdraw(offer.attempt)), now: start)
        == [.send(.withdrawn(offer.attempt)), claim(1)])
    #expect(state.handle(.signal(.withdraw(offer.attempt)), now: start).isEmpty)
  }

  @Test("an accept that came too late is answered like a withdrawn offer")
  func lateAccept() {
    var (state, _) = opened()
    let attempt = job().attempt
    #expect(
      state.handle(.answered(attempt, lease: nil), now: start) == [.send(.withdrawn(attempt))])
    let lease = GrantedLease(job: job(), until: start + limits.leaseDuration)
    #expect(state.handle(.answered(attempt, lease: lease), now: start).isEmpty)
  }

  @Test("renewals say which leases hold, and repeat cancellations until acknowledged")
  func renewals() throws {
    var (state, _) = opened()
    let (held, lost) = (job(cancelRequested: true), job())
    let actions = state.handle(
      .renewed(asked: [held.attempt, lost.attempt], held: [held]), now: start)
    #expect(actions.count == 2)
    guard case .send(let message) = actions[0], case .leasesRenewed(let renewed)? = message.message
    else {
      Issue.record("\(actions)")
      return
    }
    #expect(renewed.renewals.map(\.renewed) == [true, false])
    #expect(renewed.renewals.map(\.remaining.seconds) == [120, 0])
    #expect(actions[1] == .send(.cancel(held.attempt, reason: "")))
  }

  @Test("the renewal that comes with an acceptance is answered by what the acceptance has stored")
  func renewalOfAGrantedLease() throws {
    let (held, other) = (job(cancelRequested: true), job())
    func renewal(_ jobs: [JobRecord]) -> WorkerSessionInput {
      .message(.with { $0.renewLeases.attempts = jobs.map { AttemptRef($0.attempt) } })
    }
    func accepted() -> WorkerSessionState {
      var (state, _) = opened()
      _ = state.handle(
        .answered(
          held.attempt, lease: GrantedLease(job: held, until: start + limits.leaseDuration)),
        now: start)
      return state
    }
    var state = accepted()
    let actions = state.handle(renewal([held]), now: start + .milliseconds(3))
    guard case .send(let message)? = actions.first,
      case .leasesRenewed(let renewed)? = message.message
    else {
      Issue.record("\(actions)")
      return
    }
    #expect(renewed.renewals.map(\.renewed) == [true])
    // Counted from the acceptance, which is what the store knows.
    #expect(
      renewed.renewals[0].remaining == .init(limits.leaseDuration - .milliseconds(3)))
    #expect(actions.dropFirst() == [.send(.cancel(held.attempt, reason: ""))])

    // Not with one that was not accepted now; not later.
    #expect(
      state.handle(renewal([held, other]), now: start) == [.renew([held.attempt, other.attempt])])
    #expect(
      state.handle(renewal([held]), now: start + .seconds(1)) == [.renew([held.attempt])])
  }

  @Test("a session that opens delivers what was decided meanwhile")
  func opening() {
    let cancelled = job(cancelRequested: true)
    let (state, actions) = opened(
      cancelled: [cancelled], drain: DrainRequest(reason: "x", restart: true))
    #expect(actions.count == 4)
    #expect(actions[1] == .send(.cancel(cancelled.attempt, reason: "")))
    #expect(actions[3] == .noteDraining)
    #expect(state.available == 0)
  }

  @Test("draining, whoever asked for it, ends claims")
  func draining() {
    for input in [
      WorkerSessionInput.message(.with { $0.drain = .init() }),
      .signal(.drain(DrainRequest(reason: "x"))),
    ] {
      var (state, _) = opened()
      let actions = state.handle(input, now: start)
      #expect([.noteDraining, .clearDrainRequest].contains(actions.last))
      #expect(state.handle(credits(5), now: start).isEmpty)
      #expect(state.handle(.signal(.jobReady(nil)), now: start) == [.passOn(nil)])
    }
  }

  @Test("two unanswered pings end the session; an answer starts over")
  func pings() throws {
    var (state, _) = opened()
    var now = start
    func tick() -> [WorkerSessionAction] {
      now = now + .seconds(30)
      return state.handle(.tick, now: now)
    }
    for _ in 0..<5 {
      guard case .send(let message)? = tick().first, case .ping(let ping)? = message.message else {
        Issue.record("no ping")
        return
      }
      _ = state.handle(.message(.with { $0.pong.nonce = ping.nonce }), now: now)
    }
    #expect(tick().count == 1)
    _ = state.handle(.message(.with { $0.pong.nonce = 12_345 }), now: now)
    #expect(tick().count == 1)
    #expect(tick() == [.end(.unresponsive)])
  }

  @Test("malformed and oversized messages end the session, and nothing else")
  func hostileMessages() {
    let tooMany = WorkerMessage.with {
      $0.renewLeases.attempts = (0...limits.maximumAttemptsPerMessage).map { _ in
        AttemptRef(job().attempt)
      }
    }
    let messages: [WorkerMessage] = [
      .with { $0.accept = .init() }, .with { $0.reject.attempt.jobID = "../../etc" },
      .with { $0.cancelAcknowledged = .init() }, tooMany,
    ]
    for message in messages {
      var (state, _) = opened()
      guard case .end(.violation)? = state.handle(.message(message), now: start).last else {
        Issue.record("\(message)")
        continue
      }
    }
    var (state, _) = opened()
    #expect(state.handle(.message(WorkerMessage()), now: start).isEmpty)
    // An accept of something never offered goes to the store, which refuses it.
    let unknown = job(.max).attempt
    let accept = WorkerMessage.with { $0.accept.attempt = AttemptRef(unknown) }
    #expect(state.handle(.message(accept), now: start) == [.accept(unknown)])
  }

  @Test("a Hello is bounded")
  func helloBounds() {
    let hellos: [Hello] = [
      .with { $0.version = String(repeating: "x", count: 65) },
      .with { $0.displayName = String(repeating: "x", count: 256) },
      .with { $0.labels = ["k": String(repeating: "x", count: 256)] },
      .with { $0.labels = Dictionary(uniqueKeysWithValues: (0..<65).map { ("\($0)", "") }) },
      .with { $0.inventory = [.with { $0.jobID = "x" }] },
    ]
    for hello in hellos {
      var state = WorkerSessionState(limits: SharedLimits(limits), now: start)
      guard
        case .end(.violation)? = state.handle(.message(.with { $0.hello = hello }), now: start)
          .last
      else {
        Issue.record("\(hello)")
        continue
      }
    }
  }
}
