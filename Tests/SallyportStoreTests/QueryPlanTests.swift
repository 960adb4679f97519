import GRDB
import SallyportCore
import SallyportStore
import Testing

@testable import SallyportStoreSQLite

/// What has to stay fast with millions of finished jobs finds its rows through an index.
@Suite struct QueryPlanTests {
  private func plan(
    _ fixture: StoreFixture, _ sql: String, _ arguments: StatementArguments = [:]
  ) async throws -> [String] {
    try await fixture.store.read { database in
      try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments)
        .map { $0["detail"] }
    }
  }

  @Test("the running jobs of a tenant are counted without its other jobs")
  func running() async throws {
    try await StoreFixture.with { fixture in
      let plan = try await plan(
        fixture,
        """
        SELECT worker, count(*) AS jobs FROM job INDEXED BY job_running
        WHERE worker IS NOT NULL AND state = 'running' AND tenant = 'a' GROUP BY worker
        """)
      #expect(plan.count == 1 && plan[0].contains("USING INDEX job_running (tenant=?"))
    }
  }

  @Test("the jobs of a state are listed without the others, with and without a pool")
  func listing() async throws {
    try await StoreFixture.with { fixture in
      for (pool, index) in [
        (nil, "job_by_state (tenant=? AND state=?"),
        (fixture.pool, "job_by_pool (tenant=? AND pool=? AND state=?"),
      ] {
        let query = JobQuery(pool: pool, states: [.lost, .running], before: .random())
        var arguments: StatementArguments = ["tenant": "a", "limit": 10, "before": "x"]
        if let pool { arguments += ["pool": pool.rawValue] }
        let plan = try await plan(fixture, JobListing.sequences(query), arguments)
        #expect(plan.count { $0.contains(index) } == 2, "\(plan)")
        #expect(!plan.contains { $0.contains("SCAN job") || $0.contains("TEMP B-TREE") }, "\(plan)")
      }
    }
  }

  @Test("listings by state and pool are what a look at every job would give")
  func listed() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      for _ in 0..<6 { try await fixture.submit() }
      for offer in try await fixture.claim(worker, session, limit: 4).prefix(2) {
        _ = try await fixture.accept(offer.attempt, worker)
      }
      let all = try await fixture.store.jobs(of: fixture.tenant, matching: JobQuery())
      #expect(all.count == 6)
      for states in [[], [.queued], [.offered, .running], [.lost]] as [Set<JobState>] {
        for pool in [nil, fixture.pool, fixture.vcsPool] {
          for before in [nil, all[1].id] {
            let listed = try await fixture.store.jobs(
              of: fixture.tenant,
              matching: JobQuery(pool: pool, states: states, before: before, limit: 3))
            let expected = all.filter {
              (states.isEmpty || states.contains($0.state)) && (pool == nil || $0.pool == pool)
            }
            let later = before == nil ? expected : expected.filter { all.dropFirst(2).contains($0) }
            #expect(listed == Array(later.prefix(3)))
          }
        }
      }
    }
  }

  @Test("a pool knows how many of its jobs are queued, through every change of state")
  func queued() async throws {
    try await StoreFixture.with { fixture in
      func check() async throws {
        let counts = try await fixture.store.read { database in
          (
            try database.number("SELECT queued FROM pool WHERE name = ?", [fixture.pool.rawValue]),
            try database.number("SELECT count(*) FROM job WHERE state = 'queued'", [])
          )
        }
        #expect(counts.0 == counts.1)
      }
      let (worker, session) = try await fixture.makeWorker()
      for _ in 0..<5 { try await fixture.submit() }
      try await check()
      let offers = try await fixture.claim(worker, session, limit: 4)
      try await check()
      _ = try await fixture.accept(offers[0].attempt, worker)
      _ = try await fixture.store.returnOffer(
        offers[1].attempt, by: worker, reason: "", maximumOffers: 20, at: fixture.start,
        audit: fixture.audit())
      try await check()
      for index in [2, 4] {
        let job = try await fixture.store.jobs(of: fixture.tenant, matching: JobQuery())[index]
        _ = try await fixture.store.cancelJob(
          job.id, of: fixture.tenant, by: "alice", reason: "", at: fixture.start,
          audit: fixture.audit())
      }
      try await check()
      _ = try await fixture.sweep(at: fixture.start + .seconds(600), maximumOffers: 20)
      try await check()
    }
  }

  @Test("a renewal reads no specification")
  func renewal() async throws {
    try await StoreFixture.with { fixture in
      let columns = try await fixture.store.read { database in
        try database.columns(in: "job_view").map(\.name)
      }
      #expect(!columns.contains("spec"))
      let job = try await fixture.submit(spec: Array(repeating: 7, count: 1_000)).job
      let next = try await fixture.submit(spec: [1]).job
      let specs = try await fixture.store.jobSpecs(
        of: [job.id, next.id], of: fixture.tenant, budget: 10)
      #expect(specs.keys.sorted() == [job.id])
      let other = try await fixture.store.jobSpecs(
        of: [job.id], of: TenantName(unchecked: "globex"), budget: 10)
      #expect(other.isEmpty)
    }
  }

  @Test("a claim walks its lanes, and timers and sweeps find what is due, each through an index")
  func scheduling() async throws {
    try await StoreFixture.with { fixture in
      for (sql, arguments, index) in [
        (
          ReadyQueue.head, ["a", "b", 1, 0, 0], "job_ready (tenant=? AND pool=? AND selector=? AND"
        ),
        (SQLiteStore.jobsAhead, ["a", "b", 1, 0, 0, 5], "job_ready (tenant=? AND pool=?"),
        (SQLiteStore.nextRelease, [], "job_waiting"),
        (SQLiteStore.dueReleases, [5], "job_waiting (not_before>? AND not_before<?)"),
        (Database.overdueQueries[2], [5, 5], "job_queue_deadlines (queue_until<?)"),
      ] as [(String, StatementArguments, String)] {
        let plan = try await plan(fixture, sql, arguments)
        #expect(plan.contains { $0.contains(index) }, "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
      }
      let lanes = try await plan(fixture, ReadyQueue.lanes, ["a", "b", "c"])
      #expect(lanes.allSatisfy { !$0.contains("SCAN queue_lane") && !$0.contains("SCAN had") })
    }
  }

  @Test("pools, tenants and the gateway know how many jobs run, through every change of state")
  func slots() async throws {
    try await StoreFixture.with { fixture in
      func check() async throws {
        let counts = try await fixture.store.read { database in
          [
            "SELECT sum(running) FROM pool", "SELECT sum(running) FROM tenant",
            "SELECT running FROM gateway_load",
            "SELECT count(*) FROM job WHERE state IN ('offered', 'running')",
          ].map { try? database.number($0, []) }
        }
        #expect(Set(counts).count == 1, "\(counts)")
        let lanes = try await fixture.store.read { database in
          (
            try database.number("SELECT ifnull(sum(ready), 0) FROM queue_lane", []),
            try database.number(
              "SELECT count(*) FROM job WHERE state = 'queued' AND not_before IS NULL", []),
            try database.number("SELECT count(*) FROM queue_lane WHERE ready < 1", [])
          )
        }
        #expect(lanes.0 == lanes.1 && lanes.2 == 0)
      }
      let (worker, session) = try await fixture.makeWorker()
      let retried = Scheduling(
        selector: ["a": "b"],
        retry: RetryPolicy(
          on: .always, maximumAttempts: 2, backoff: .seconds(10), maximumBackoff: .seconds(10)))
      for scheduling in [Scheduling(), retried, retried, Scheduling()] {
        try await fixture.submit(scheduling: scheduling)
      }
      try await check()
      let offers = try await fixture.claim(worker, session, limit: 4)
      #expect(offers.count == 4)
      try await check()
      for offer in offers.prefix(3) { _ = try await fixture.accept(offer.attempt, worker) }
      _ = try await fixture.finish(offers[1].attempt, worker, .failed)
      try await check()
      _ = try await fixture.store.cancelJob(
        offers[3].id, of: fixture.tenant, by: "alice", reason: "", at: fixture.start,
        audit: fixture.audit())
      try await check()
      _ = try await fixture.sweep(at: fixture.start + .seconds(600), maximumOffers: 20)
      try await check()
      #expect(try await fixture.store.releaseJobs(at: fixture.start + .seconds(700)).count == 2)
      try await check()
    }
  }
}
