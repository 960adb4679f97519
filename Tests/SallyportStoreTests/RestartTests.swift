import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct RestartTests {
  @Test("a restart loses nothing: job, lease, log, audit")
  func reopen() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      _ = try await fixture.append(job.attempt, worker, at: 0, [1, 2, 3])
      let before = try await fixture.store.job(job.id, of: fixture.tenant)
      let reopened = try await fixture.reopened()
      #expect(try await reopened.store.job(job.id, of: fixture.tenant) == before)
      #expect(
        try await reopened.append(job.attempt, worker, at: 3, [4])
          == .stored(previous: 3, durable: 4))
      #expect(
        try await reopened.store.auditRecords(of: fixture.tenant, after: 0, limit: 100).count > 3)
      try await reopened.store.close()
    }
  }

  @Test("an outage moves leases on by its length, also when the clock was set back")
  func outage() async throws {
    for outage in [600, -600] {
      try await StoreFixture.with { fixture in
        let (job, _, _) = try await fixture.makeRunningJob()
        try await fixture.store.beat(at: fixture.start + .seconds(20))
        let restart = fixture.start + .seconds(20 + outage)
        let measured = try await fixture.store.resume(
          at: restart, grace: .seconds(30), longest: .seconds(120))
        #expect(measured == .seconds(outage))
        let lease = try await fixture.store.job(job.id, of: fixture.tenant)?.leaseExpiresAt
        #expect(lease == restart + .seconds(100))
      }
    }
  }

  @Test("an outage costs no queued job its deadline, and no retry its turn")
  func queuedMeanwhile() async throws {
    for outage in [600, -600] {
      try await StoreFixture.with { fixture in
        let retry = RetryPolicy(
          on: .lost, maximumAttempts: 3, backoff: .seconds(10), maximumBackoff: .seconds(10))
        let (lost, _, _) = try await fixture.makeRunningJob(Scheduling(retry: retry))
        let waiting = try await fixture.submit(
          scheduling: Scheduling(queueTimeout: .seconds(150))
        ).job.id
        let swept = fixture.start + .seconds(120)
        _ = try await fixture.sweep(at: swept, maximumOffers: 20)
        let release = try #require(try await fixture.store.nextRelease())
        try await fixture.store.beat(at: swept)
        let restart = swept + .seconds(outage)
        _ = try await fixture.store.resume(
          at: restart, grace: .seconds(30), longest: .seconds(120))
        #expect(try await fixture.store.nextRelease() == release + .seconds(outage))
        let soon = try await fixture.sweep(at: restart + .seconds(29), maximumOffers: 20)
        #expect(soon.ended.isEmpty)
        let late = try await fixture.sweep(at: restart + .seconds(30), maximumOffers: 20)
        #expect(late.ended.map(\.id) == [waiting] && late.ended.first?.state == .timedOut)
        #expect(lost.id != waiting)
      }
    }
  }

  @Test("a clock that was set far away between the runs neither ends nor prolongs a lease")
  func hugeJumps() async throws {
    let years = 10 * 365 * 86_400
    for jump in [years, -years] {
      try await StoreFixture.with { fixture in
        let (job, _, _) = try await fixture.makeRunningJob()
        try await fixture.store.beat(at: fixture.start + .seconds(20))
        let restart = fixture.start + .seconds(jump)
        _ = try await fixture.store.resume(
          at: restart, grace: .seconds(30), longest: .seconds(120))
        let lease = try await fixture.store.job(job.id, of: fixture.tenant)?.leaseExpiresAt
        #expect(lease == restart + .seconds(100))
      }
    }
  }

  @Test("a lease that was renewed after an outage is not prolonged by its length")
  func renewedMeanwhile() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      try await fixture.store.beat(at: fixture.start)
      let back = fixture.start + .seconds(3_600)
      _ = try await fixture.store.renewLeases(
        [job.attempt], by: worker, until: back + .seconds(120))
      _ = try await fixture.store.resume(at: back, grace: .seconds(20), longest: .seconds(120))
      let lease = try await fixture.store.job(job.id, of: fixture.tenant)?.leaseExpiresAt
      #expect(lease == back + .seconds(120))
    }
  }

  @Test("a lease that was nearly over leaves time to reconnect")
  func grace() async throws {
    try await StoreFixture.with { fixture in
      let (job, _, _) = try await fixture.makeRunningJob()
      try await fixture.store.beat(at: fixture.start + .seconds(119))
      let restart = fixture.start + .seconds(125)
      _ = try await fixture.store.resume(at: restart, grace: .seconds(60), longest: .seconds(120))
      let lease = try await fixture.store.job(job.id, of: fixture.tenant)?.leaseExpiresAt
      #expect(lease == restart + .seconds(60))
    }
  }

  @Test("reconciliation keeps what runs, drops what is gone, and stops what is stale")
  func reconciliation() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      for _ in 0..<5 { try await fixture.submit() }
      let offers = try await fixture.claim(worker, session, limit: 5)
      for index in [0, 1, 2] { _ = try await fixture.accept(offers[index].attempt, worker) }
      _ = try await fixture.finish(offers[2].attempt, worker)
      let unknown = AttemptID(job: .random(), epoch: 1)
      let older = AttemptID(job: offers[0].id, epoch: 7)
      // 0 runs; 1 is forgotten; 2 has finished, unacknowledged; 3 was accepted in a lost message;
      // 4 was never received.
      let result = try await fixture.reconcile(
        WorkerInventory(
          worker: worker, running: [offers[0].attempt, offers[3].attempt, unknown],
          finished: [offers[2].attempt, older], leaseUntil: fixture.start + .seconds(500),
          maximumOffers: 20, time: fixture.start))
      #expect(Set(result.live.map(\.id)) == [offers[0].id, offers[3].id])
      #expect(result.live.allSatisfy { $0.state == .running })
      #expect(
        result.live.allSatisfy { $0.leaseExpiresAt == fixture.start + .seconds(500) })
      #expect(Set(result.stale) == [unknown, older])
      #expect(result.changes.ended.map(\.id) == [offers[1].id])
      #expect(result.changes.ended.first?.state == .lost)
      #expect(result.changes.requeued.map(\.job.id) == [offers[4].id])
    }
  }
}
