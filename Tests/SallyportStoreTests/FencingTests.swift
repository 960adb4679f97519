import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct FencingTests {
  @Test("an attempt of an older epoch changes nothing")
  func staleEpoch() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      try await fixture.submit()
      let old = try #require(try await fixture.claim(worker, session).first)
      let overdue = try await fixture.sweep(at: fixture.start + .seconds(16), maximumOffers: 20)
      #expect(overdue.requeued.map(\.attempt) == [old.attempt])
      #expect(overdue.requeued.map(\.worker) == [worker.id])

      #expect(try await fixture.accept(old.attempt, worker) == nil)
      let new = try #require(try await fixture.claim(worker, session).first)
      #expect(new.epoch == old.epoch + 1)
      #expect(try await fixture.accept(old.attempt, worker) == nil)
      #expect(try await fixture.finish(old.attempt, worker) == .stale)
      #expect(try await fixture.append(old.attempt, worker, at: 0, [1]) == .notHeld)
      #expect(
        try await fixture.store.renewLeases(
          [old.attempt], by: worker, until: fixture.start + .seconds(999)
        ).isEmpty)
      #expect(try await fixture.accept(new.attempt, worker)?.state == .running)
    }
  }

  @Test("another worker can do nothing with an attempt", arguments: [false, true])
  func otherWorker(ofOtherTenant: Bool) async throws {
    try await StoreFixture.with { fixture in
      let (job, _, _) = try await fixture.makeRunningJob()
      let globex = TenantName(unchecked: "globex")
      if ofOtherTenant { try await fixture.makeTenant(globex) }
      let (thief, _) = try await fixture.makeWorker(tenant: ofOtherTenant ? globex : nil)
      let store = fixture.store
      #expect(try await fixture.accept(job.attempt, thief) == nil)
      #expect(try await fixture.finish(job.attempt, thief) == .stale)
      #expect(try await fixture.append(job.attempt, thief, at: 0, [1]) == .notHeld)
      #expect(try await store.leasedJob(job.attempt, by: thief, at: fixture.start) == nil)
      let inventory = WorkerInventory(
        worker: thief, running: [job.attempt], finished: [],
        leaseUntil: fixture.start + .seconds(999), maximumOffers: 20, time: fixture.start)
      #expect(try await fixture.reconcile(inventory).stale == [job.attempt])
      let unchanged = try await store.job(job.id, of: fixture.tenant)
      #expect(unchanged == job)
    }
  }

  @Test("epochs beyond what SQLite stores match nothing", arguments: [UInt64.max, 1 << 63, 0])
  func hugeEpoch(epoch: UInt64) async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      let attempt = AttemptID(job: job.id, epoch: epoch)
      #expect(try await fixture.finish(attempt, worker) == .stale)
      #expect(try await fixture.append(attempt, worker, at: UInt64.max, [1]) == .notHeld)
      #expect(try await fixture.watchedLog(attempt, by: worker).extent == nil)
    }
  }

  @Test("a finish is recorded once, and repeats are told what was recorded")
  func finishIsIdempotent() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      guard
        case .recorded(let ended, .failed) = try await fixture.finish(job.attempt, worker, .failed)
      else {
        Issue.record("not recorded")
        return
      }
      #expect(ended.state == .failed)
      #expect(
        try await fixture.finish(job.attempt, worker, .succeeded) == .repeated(outcome: .failed))
    }
  }

  @Test("of a cancel and a finish at once, one decides, and both are told the same")
  func cancelAgainstFinish() async throws {
    try await StoreFixture.with { fixture in
      for _ in 0..<20 {
        let (job, worker, _) = try await fixture.makeRunningJob()
        async let finish = fixture.finish(job.attempt, worker)
        async let cancel = fixture.store.cancelJob(
          job.id, of: fixture.tenant, by: "alice", reason: "stop", at: fixture.start,
          audit: fixture.audit())
        _ = try await (finish, cancel)
        let final = try await fixture.store.job(job.id, of: fixture.tenant)
        #expect(final?.state == .succeeded)
      }
    }
  }

  @Test("an expired lease ends the job as lost; a later finish is told so")
  func lostLease() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      let before = try await fixture.sweep(at: fixture.start + .seconds(119), maximumOffers: 20)
      #expect(before == JobChanges())
      let after = try await fixture.sweep(at: fixture.start + .seconds(120), maximumOffers: 20)
      #expect(after.ended.map(\.state) == [.lost])
      #expect(after.ended.first?.reason == "the lease expired")
      #expect(try await fixture.finish(job.attempt, worker) == .repeated(outcome: .lost))
    }
  }

  @Test("a job that nobody accepts fails after its last offer")
  func tooManyOffers() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      let job = try await fixture.submit().job
      for _ in 0..<3 {
        #expect(try await fixture.claim(worker, session).count == 1)
        _ = try await fixture.sweep(at: fixture.start + .seconds(60), maximumOffers: 3)
      }
      #expect(try await fixture.store.job(job.id, of: fixture.tenant)?.state == .failed)
    }
  }
}
