import GRDB
import SallyportCore
import SallyportStore
import Testing

@testable import SallyportStoreSQLite

/// Who is offered what, and in which order.
@Suite struct QueueTests {
  @Test("higher priorities come first, and within one the order of submission, also after a retry")
  func priorities() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      var ids: [JobID] = []
      let retry = RetryPolicy(
        on: .lost, maximumAttempts: 9, backoff: .seconds(1), maximumBackoff: .seconds(1))
      for priority: Int32 in [0, 5, -100, 5, 100, 0] {
        ids.append(
          try await fixture.submit(
            scheduling: Scheduling(priority: priority, retry: retry)
          ).job.id)
      }
      let order = [4, 1, 3, 0, 5, 2].map { ids[$0] }
      for _ in 0..<2 {
        let offers = try await fixture.claim(worker, session, limit: 10)
        #expect(offers.map(\.id) == order)
        for offer in offers.shuffled() {
          _ = try await fixture.accept(offer.attempt, worker)
          _ = try await fixture.finish(offer.attempt, worker, .lost)
        }
        _ = try await fixture.store.releaseJobs(at: fixture.start + .seconds(2))
      }
      #expect(try await fixture.store.job(ids[2], of: fixture.tenant)?.scheduling.priority == -100)
    }
  }

  @Test("a worker is offered what its labels allow, in one order over all selectors")
  func selectors() async throws {
    try await StoreFixture.with { fixture in
      let selectors = [
        [:], ["gpu": "yes"], ["gpu": "yes", "zone": "a"], ["zone": "b"], ["gpu": "no"], ["gpu": ""],
      ]
      var ids: [JobID] = []
      for selector in selectors + selectors {
        let job = try await fixture.submit(scheduling: Scheduling(selector: selector)).job
        #expect(job.scheduling.selector == selector)
        ids.append(job.id)
      }
      for (labels, expected) in [
        (["gpu": "yes"], [0, 1, 6, 7]), (["gpu": "yes", "zone": "a", "x": "y"], [2, 8]),
        ([:], []), (["zone": "b"], [3, 9]), (["gpu": "", "zone": "c"], [5, 11]),
      ] {
        let (worker, session) = try await fixture.makeWorker(labels: labels)
        let offers = try await fixture.claim(worker, session, limit: 10)
        #expect(offers.map(\.id) == expected.map { ids[$0] })
      }
      // Labels are those of the newest session.
      let (worker, old) = try await fixture.makeWorker()
      #expect(try await fixture.claim(worker, old).isEmpty)
      let session = try await fixture.openSession(of: worker, labels: ["gpu": "no"])
      let offers = try await fixture.claim(worker, session, limit: 9)
      #expect(offers.map(\.id) == [ids[4], ids[10]])
    }
  }

  @Test("a hundred thousand queued jobs for other workers are in nobody's way")
  func scale() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.submit(scheduling: Scheduling(priority: 9, selector: ["gpu": "yes"]))
      try await fixture.store.write { database in
        try database.run(
          """
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
          INSERT INTO job (id, tenant, pool, state, submitted_by, submitted_at, rank, selector)
          SELECT printf('%032x', i), ?, ?, 'queued', '', 0, -9, 2 FROM n
          """,
          [fixture.tenant.rawValue, fixture.pool.rawValue])
      }
      let wanted = try await fixture.submit(queueLimit: 200_000).job.id
      let (worker, session) = try await fixture.makeWorker()
      // That it walks an index only is what QueryPlanTests shows; here, that it finds what it should.
      #expect(try await fixture.claim(worker, session, limit: 5).map(\.id) == [wanted])
      #expect(try await fixture.claim(worker, session, limit: 5).isEmpty)
      let (gpu, other) = try await fixture.makeWorker(labels: ["gpu": "yes"])
      #expect(try await fixture.claim(gpu, other, limit: 128).count == 128)
    }
  }

  @Test("a queue takes so many different selectors, and more jobs of those that it has")
  func selectorLimit() async throws {
    try await StoreFixture.with { fixture in
      func submit(_ value: String) async throws {
        try await fixture.submit(
          scheduling: Scheduling(selector: ["x": value]), selectorLimit: 2)
      }
      try await submit("1")
      try await submit("2")
      try await submit("1")
      await #expect {
        try await submit("3")
      } throws: {
        ($0 as? StoreError)?.code == .overloaded
      }
      let (worker, session) = try await fixture.makeWorker(labels: ["x": "2"])
      #expect(try await fixture.claim(worker, session).count == 1)
      try await submit("3")
    }
  }

  @Test("a job that does not begin in time ends, and only one that never has begun")
  func queueTimeout() async throws {
    try await StoreFixture.with { fixture in
      let scheduling = Scheduling(
        queueTimeout: .seconds(60),
        retry: RetryPolicy(
          on: .always, maximumAttempts: 2, backoff: .seconds(1_000),
          maximumBackoff: .seconds(1_000)))
      let (begun, worker, _) = try await fixture.makeRunningJob(scheduling)
      _ = try await fixture.finish(begun.attempt, worker, .failed)
      var waiting: Set<JobID> = []
      for _ in 0..<2 { waiting.insert(try await fixture.submit(scheduling: scheduling).job.id) }
      let before = try await fixture.sweep(at: fixture.start + .seconds(59), maximumOffers: 20)
      #expect(before == JobChanges())
      let changes = try await fixture.sweep(at: fixture.start + .seconds(60), maximumOffers: 20)
      #expect(Set(changes.ended.map(\.id)) == waiting)
      for job in changes.ended {
        #expect(job.state == .timedOut && job.epoch == 0)
        #expect(
          job.reason == "it had not begun to run 60 s after its submission, its queue timeout")
      }
      #expect(try await fixture.store.job(begun.id, of: fixture.tenant)?.state == .queued)
    }
  }

  @Test("a paused pool offers nothing and takes jobs; what runs goes on")
  func pause() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, session) = try await fixture.makeRunningJob()
      let store = fixture.store
      for (reason, since) in [("upgrade", 5), ("still", 9)] {
        let pause = PoolPause(reason: reason, since: fixture.start + .seconds(since))
        let pool = try await store.setPause(
          pause, of: fixture.pool, of: fixture.tenant, audit: fixture.audit())
        #expect(pool.pause == PoolPause(reason: reason, since: fixture.start + .seconds(5)))
      }
      try await fixture.submit()
      let claim = JobClaim(
        worker: worker, session: session, limit: 1, acceptUntil: fixture.start,
        time: fixture.start)
      #expect(try await store.claimJobs(claim) == ClaimResult(jobs: [], shortage: .paused))
      guard case .recorded = try await fixture.finish(job.attempt, worker) else {
        Issue.record("not recorded")
        return
      }
      _ = try await store.setPause(
        nil, of: fixture.pool, of: fixture.tenant, audit: fixture.audit())
      #expect(try await store.pool(fixture.pool, of: fixture.tenant)?.pause == nil)
      #expect(try await fixture.claim(worker, session).count == 1)
      await #expect(throws: StoreError.self) {
        _ = try await store.setPause(
          nil, of: fixture.vcsPool, of: fixture.tenant, audit: fixture.audit())
      }
    }
  }
}
