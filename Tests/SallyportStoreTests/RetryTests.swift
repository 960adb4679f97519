import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct RetryTests {
  private func policy(_ on: RetryOn, _ attempts: UInt32 = 3) -> Scheduling {
    Scheduling(
      retry: RetryPolicy(
        on: on, maximumAttempts: attempts, backoff: .seconds(10), maximumBackoff: .seconds(25)))
  }

  @Test("what is retried: by policy and outcome, as often as the job says")
  func decisions() {
    let expected: [(RetryOn, [JobState])] = [
      (.never, []), (.lost, [.lost]), (.always, [.failed, .timedOut, .lost]),
    ]
    for (on, retried) in expected {
      let policy = policy(on).retry
      for state in JobState.allCases {
        #expect(policy.isRetried(state, attemptsRun: 2) == retried.contains(state))
        #expect(!policy.isRetried(state, attemptsRun: 3))
      }
    }
  }

  @Test("the backoff doubles up to its cap, and is up to a tenth shorter, never longer")
  func backoff() {
    let policy = policy(.lost).retry
    let waits = (1...4).map { policy.delay(afterAttempts: $0, jitter: 0) }
    #expect(waits == [.seconds(10), .seconds(20), .seconds(25), .seconds(25)])
    #expect(policy.delay(afterAttempts: 1, jitter: 1) == .seconds(9))
    #expect(policy.delay(afterAttempts: .max, jitter: 0) == .seconds(25))
    let none = RetryPolicy(
      on: .always, maximumAttempts: .max, backoff: .zero, maximumBackoff: .zero)
    #expect(none.delay(afterAttempts: 100, jitter: 0.5) == .zero)
  }

  @Test("a lost job is queued again, not before its backoff, and ends after its last attempt")
  func lost() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (worker, session) = try await fixture.makeWorker()
      let id = try await fixture.submit(scheduling: policy(.lost)).job.id
      var time = fixture.start
      for number in 1...3 {
        let offer = try #require(try await fixture.claim(worker, session).first)
        #expect(offer.epoch == number)
        let running = try await fixture.accept(offer.attempt, worker)
        #expect(running?.attemptsRun == UInt32(number) && running?.reason == "")
        let changes = try await fixture.sweep(
          at: fixture.start + .seconds(120), maximumOffers: 20)
        guard number < 3 else { break }
        #expect(changes.ended.isEmpty)
        let job = try #require(changes.requeued.first?.job)
        #expect(changes.requeued.first?.hadBegun == true)
        #expect(changes.requeued.first?.worker == worker.id)
        #expect(job.state == .queued && job.epoch == number && job.worker == nil)
        #expect(job.reason == "attempt \(number) of 3 was lost: the lease expired")
        #expect(try await fixture.claim(worker, session).isEmpty)
        // The next process finds it as well.
        let next = try #require(try await store.nextRelease())
        #expect(next == job.notBefore)
        time = fixture.start + .seconds(120)
        #expect((9...20).contains((next - time).components.seconds))
        #expect(try await store.releaseJobs(at: next - .milliseconds(1)).isEmpty)
        #expect(try await store.releaseJobs(at: next).map(\.id) == [id])
        #expect(try await store.nextRelease() == nil)
        // Every attempt's own end is on record.
        let repeated = try await fixture.finish(offer.attempt, worker, .succeeded)
        #expect(repeated == .repeated(outcome: .lost))
      }
      let ended = try #require(try await store.job(id, of: fixture.tenant))
      #expect(ended.state == .lost && ended.attemptsRun == 3)
      #expect(ended.reason == "attempt 3 of 3: the lease expired")
    }
  }

  @Test("a reported end is retried or final as the policy says, and a repeat is answered the same")
  func finished() async throws {
    try await StoreFixture.with { fixture in
      for (on, state, isRetried) in [
        (RetryOn.lost, JobState.failed, false), (.lost, .lost, true), (.always, .failed, true),
        (.always, .timedOut, true), (.always, .cancelled, false), (.always, .succeeded, false),
        (.never, .lost, false),
      ] {
        let (job, worker, _) = try await fixture.makeRunningJob(policy(on))
        let result = try await fixture.finish(job.attempt, worker, state, reason: "so")
        guard case .recorded(let ended, let outcome) = result else {
          Issue.record("not recorded")
          return
        }
        #expect(outcome == state)
        #expect(ended.state == (isRetried ? .queued : state))
        #expect(try await fixture.finish(job.attempt, worker) == .repeated(outcome: state))
        _ = try await fixture.store.cancelJob(
          job.id, of: fixture.tenant, by: "alice", reason: "", at: fixture.start,
          audit: fixture.audit())
      }
    }
  }

  @Test("a cancelled job is not run again, whatever is lost")
  func cancelled() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob(policy(.always))
      _ = try await fixture.store.cancelJob(
        job.id, of: fixture.tenant, by: "alice", reason: "no", at: fixture.start,
        audit: fixture.audit())
      let changes = try await fixture.sweep(at: fixture.start + .seconds(600), maximumOffers: 20)
      #expect(changes.ended.map(\.state) == [.cancelled])
      #expect(try await fixture.finish(job.attempt, worker) == .repeated(outcome: .cancelled))
      // One that waits for its next attempt is cancelled as any queued one.
      let (other, worker2, _) = try await fixture.makeRunningJob(policy(.always))
      _ = try await fixture.finish(other.attempt, worker2, .failed)
      let result = try await fixture.store.cancelJob(
        other.id, of: fixture.tenant, by: "alice", reason: "no", at: fixture.start,
        audit: fixture.audit())
      #expect(result.job.state == .cancelled && result.job.notBefore == nil)
      #expect(try await fixture.store.nextRelease() == nil)
    }
  }

  @Test("revocation and a worker that comes back without its job go through the policy, too")
  func otherLosses() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob(policy(.lost))
      let back = try await fixture.reconcile(
        WorkerInventory(
          worker: worker, running: [], finished: [job.attempt], leaseUntil: fixture.start,
          maximumOffers: 20, time: fixture.start))
      // It says that it has finished: its report is waited for.
      #expect(back.live.map(\.id) == [job.id] && back.changes == JobChanges())
      let without = try await fixture.reconcile(
        WorkerInventory(
          worker: worker, running: [], finished: [], leaseUntil: fixture.start, maximumOffers: 20,
          time: fixture.start))
      #expect(without.changes.requeued.map(\.attempt) == [job.attempt])
      // The old attempt has ended, so that its report, should it come, is no news.
      let late = try await fixture.reconcile(
        WorkerInventory(
          worker: worker, running: [], finished: [job.attempt], leaseUntil: fixture.start,
          maximumOffers: 20, time: fixture.start))
      #expect(late.stale.isEmpty)
      let running = try await fixture.reconcile(
        WorkerInventory(
          worker: worker, running: [job.attempt], finished: [], leaseUntil: fixture.start,
          maximumOffers: 20, time: fixture.start))
      #expect(running.stale == [job.attempt])

      let (other, revoked, _) = try await fixture.makeRunningJob(policy(.lost))
      let changes = try await fixture.store.revokeEnrollee(
        revoked.id.rawValue, role: .worker, of: fixture.tenant, at: fixture.start,
        audit: fixture.audit())
      #expect(changes.requeued.map(\.attempt) == [other.attempt])
      #expect(
        changes.requeued.first?.job.reason == "attempt 1 of 3 was lost: the worker was revoked")
      // Its worker may go on until its lease is over: no other attempt runs beside it.
      #expect(changes.requeued.first?.job.notBefore == other.leaseExpiresAt)
    }
  }

  @Test("after a retry, the worker of the old attempt can do nothing with the new one, and back")
  func fenced() async throws {
    try await StoreFixture.with { fixture in
      let (old, worker, session) = try await fixture.makeRunningJob(policy(.lost))
      _ = try await fixture.append(old.attempt, worker, at: 0, [1, 2])
      _ = try await fixture.sweep(at: fixture.start + .seconds(120), maximumOffers: 20)
      let store = fixture.store
      func expectFenced() async throws {
        let late = fixture.start + .seconds(900)
        #expect(try await fixture.accept(old.attempt, worker) == nil)
        #expect(try await store.renewLeases([old.attempt], by: worker, until: late).isEmpty)
        #expect(try await fixture.append(old.attempt, worker, at: 2, [3]) == .notHeld)
        #expect(try await store.leasedJob(old.attempt, by: worker, at: fixture.start) == nil)
        #expect(
          try await store.acknowledgeCancel(old.attempt, by: worker, at: fixture.start) == nil)
        #expect(try await fixture.finish(old.attempt, worker) == .repeated(outcome: .lost))
        #expect(try await store.hasEnded(old.attempt, by: worker))
      }
      try await expectFenced()
      _ = try await store.releaseJobs(at: fixture.start + .seconds(900))
      // The same worker, even, under the next epoch.
      let new = try #require(try await fixture.claim(worker, session).first)
      _ = try await fixture.accept(new.attempt, worker)
      try await expectFenced()
      #expect(try await !store.hasEnded(new.attempt, by: worker))
      #expect(
        try await fixture.append(new.attempt, worker, at: 0, [9])
          == .stored(previous: 0, durable: 1))
      #expect(
        try await store.readLog(of: old.attempt, of: fixture.tenant, from: 0, limit: 9) == [1, 2])
      guard case .recorded(let done, .succeeded) = try await fixture.finish(new.attempt, worker)
      else {
        Issue.record("not recorded")
        return
      }
      #expect(done.state == .succeeded && done.reason == "" && done.attemptsRun == 2)
    }
  }

  @Test("offers that come back count apart from attempts, and in a row")
  func offers() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      let id = try await fixture.submit(scheduling: policy(.lost, 5)).job.id
      for round in 0..<4 {
        for _ in 0..<2 {
          let offer = try #require(try await fixture.claim(worker, session).first)
          let back = try await fixture.store.returnOffer(
            offer.attempt, by: worker, reason: "no", maximumOffers: 3, at: fixture.start,
            audit: fixture.audit())
          #expect(back?.state == .queued && back?.attemptsRun == UInt32(round))
        }
        let offer = try #require(try await fixture.claim(worker, session).first)
        _ = try await fixture.accept(offer.attempt, worker)
        _ = try await fixture.finish(offer.attempt, worker, .lost)
        _ = try await fixture.store.releaseJobs(at: fixture.start + .seconds(900))
      }
      let job = try #require(try await fixture.store.job(id, of: fixture.tenant))
      #expect(job.epoch == 12 && job.attemptsRun == 4 && job.state == .queued)
    }
  }
}
