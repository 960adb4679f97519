import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

/// Caps on running jobs, and who gets the next slot.
@Suite struct CapTests {
  private typealias Party = FairShare.Party<String>

  @Test("free slots go to who has the fewest, then to who was served longest ago")
  func shares() {
    func slots(_ free: UInt32, _ own: Party, _ others: Party...) -> (UInt32, [String]) {
      let share = FairShare.slots(free: free, claimant: own, others: others)
      return (share.own, share.others)
    }
    let alone = slots(3, Party(name: "a", running: 9, served: 0, wanted: 5))
    #expect(alone == (3, []))
    // Of four slots: b, who has none, gets as many as a has, then they take turns.
    let two = slots(
      4, Party(name: "a", running: 2, served: 1, wanted: 9),
      Party(name: "b", running: 0, served: 7, wanted: 9))
    #expect(two == (1, ["b"]))
    // Who wants little keeps nobody from the rest.
    let modest = slots(
      4, Party(name: "a", running: 2, served: 1, wanted: 9),
      Party(name: "b", running: 0, served: 7, wanted: 1))
    #expect(modest == (3, ["b"]))
    let late = slots(
      1, Party(name: "a", running: 0, served: 9, wanted: 9),
      Party(name: "b", running: 0, served: 7, wanted: 1))
    #expect(late == (0, ["b"]))
    let none = slots(0, Party(name: "a", running: 0, served: 9, wanted: 9))
    #expect(none == (0, []))
  }

  private func claim(
    _ fixture: StoreFixture, _ worker: (WorkerReference, SessionID), limit: Int = 10,
    limits: RunningLimits = RunningLimits(), pools: [PoolName: UInt32] = [:],
    tenants: [TenantName: UInt32] = [:]
  ) async throws -> ClaimResult {
    try await fixture.store.claimJobs(
      JobClaim(
        worker: worker.0, session: worker.1, limit: limit,
        acceptUntil: fixture.start + .seconds(15), time: fixture.start, limits: limits,
        competingPools: pools, competingTenants: tenants))
  }

  @Test("no claims at once exceed the cap of a pool, and what ends makes room")
  func pool() async throws {
    try await StoreFixture.with { fixture in
      let pool = try await fixture.store.updatePool(
        fixture.pool, of: fixture.tenant, maximumRunning: 3, audit: fixture.audit())
      #expect(pool.maximumRunning == 3)
      for _ in 0..<10 { try await fixture.submit() }
      let worker = try await fixture.makeWorker()
      let claimed = try await withThrowingTaskGroup(of: ClaimResult.self) { group in
        for _ in 0..<10 { group.addTask { try await claim(fixture, worker, limit: 2) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(claimed.reduce(0) { $0 + $1.jobs.count } == 3)
      #expect(claimed.filter { $0.jobs.count < 2 }.allSatisfy { $0.shortage == .pool })
      let offer = try #require(claimed.flatMap(\.jobs).first)
      _ = try await fixture.finish(offer.attempt, worker.0)
      #expect(try await claim(fixture, worker).jobs.count == 1)
      let uncapped = try await fixture.store.updatePool(
        fixture.pool, of: fixture.tenant, maximumRunning: 0, audit: fixture.audit())
      #expect(uncapped.maximumRunning == nil && uncapped.running == 3 && uncapped.queued == 6)
      #expect(try await claim(fixture, worker).jobs.count == 6)
    }
  }

  @Test("a cap is a shortage only where a job is left over")
  func exhausted() async throws {
    try await StoreFixture.with { fixture in
      let worker = try await fixture.makeWorker()
      for _ in 0..<2 { try await fixture.submit() }
      let limits = RunningLimits(perTenant: 2, ofGateway: 2)
      let first = try await claim(fixture, worker, limits: limits)
      #expect(first.jobs.count == 2 && first.shortage == .noJobs)
      let second = try await claim(fixture, worker, limits: limits)
      #expect(second == ClaimResult(jobs: [], shortage: .noJobs))
      try await fixture.submit()
      let third = try await claim(fixture, worker, limits: limits)
      #expect(third == ClaimResult(jobs: [], shortage: .tenant(others: [])))
    }
  }

  @Test("a tenant has the cap of the configuration or its own; its pools share it")
  func tenant() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let second = PoolName(unchecked: "other")
      try await store.createPool(
        Pool(
          tenant: fixture.tenant, name: second, kind: .worker, sealed: false,
          createdAt: fixture.start), audit: fixture.audit())
      let first = try await fixture.makeWorker()
      let other = try await fixture.makeWorker(pool: second)
      for _ in 0..<5 {
        try await fixture.submit()
        try await fixture.submit(pool: second)
      }
      let standard = RunningLimits(perTenant: 1)
      #expect(try await claim(fixture, first, limits: standard).jobs.count == 1)
      let full = try await claim(fixture, other, limits: standard)
      #expect(full == ClaimResult(jobs: [], shortage: .tenant(others: [])))
      for (limit, changes) in [(TenantRunningLimit.atMost(2), 1), (.atMost(3), 2)] {
        try await store.setRunningLimit(limit, of: fixture.tenant, audit: fixture.audit())
        #expect(try await store.tenant(fixture.tenant)?.runningLimit == limit)
        #expect(try await store.runningLimitChanges() == UInt64(changes))
        // The pool that has one waits for the one that has none.
        if changes == 1 {
          let yielding = try await claim(fixture, first, limits: standard, pools: [second: 5])
          #expect(yielding == ClaimResult(jobs: [], shortage: .tenant(others: [second])))
        }
        #expect(try await claim(fixture, other, limits: standard).jobs.count == 1)
      }
      try await store.setRunningLimit(.unlimited, of: fixture.tenant, audit: fixture.audit())
      #expect(try await claim(fixture, first, limit: 2, limits: standard).jobs.count == 2)
      try await store.setRunningLimit(.standard, of: fixture.tenant, audit: fixture.audit())
      #expect(try await claim(fixture, first, limits: standard).jobs.isEmpty)
    }
  }

  @Test("under the gateway's cap, tenants that wait come before one that has more")
  func gateway() async throws {
    try await StoreFixture.with { fixture in
      let globex = TenantName(unchecked: "globex")
      try await fixture.makeTenant(globex)
      let flood = try await fixture.makeWorker()
      let modest = try await fixture.makeWorker(tenant: globex)
      for _ in 0..<20 { try await fixture.submit() }
      for _ in 0..<20 { try await fixture.submit(tenant: globex) }
      let limits = RunningLimits(ofGateway: 4)
      var running = try await claim(fixture, flood, limits: limits).jobs
      #expect(running.count == 4)
      let waits = try await claim(fixture, modest, limits: limits)
      #expect(waits == ClaimResult(jobs: [], shortage: .gateway(others: [])))
      // The flood's worker is faster to ask whenever one of its jobs ends.
      for round in 1...2 {
        _ = try await fixture.finish(running.removeFirst().attempt, flood.0)
        let yields = try await claim(fixture, flood, limits: limits, tenants: [globex: 5])
        #expect(yields == ClaimResult(jobs: [], shortage: .gateway(others: [globex])))
        let taken = try await claim(
          fixture, modest, limits: limits, tenants: [fixture.tenant: 5])
        #expect(taken.jobs.count == 1, "\(round)")
      }
      // Even now: they take turns.
      _ = try await fixture.finish(running.removeFirst().attempt, flood.0)
      #expect(
        try await claim(fixture, modest, limits: limits, tenants: [fixture.tenant: 5]).jobs.isEmpty)
      #expect(
        try await claim(fixture, flood, limits: limits, tenants: [globex: 5]).jobs.count == 1)
    }
  }

  @Test("a queued job's standing says what is in its way")
  func standing() async throws {
    try await StoreFixture.with { fixture in
      let (_, worker, session) = try await fixture.makeRunningJob()
      _ = (worker, session)
      for _ in 0..<3 { try await fixture.submit(scheduling: Scheduling(priority: 1)) }
      try await fixture.submit(scheduling: Scheduling(selector: ["a": "z"]))
      let last = try await fixture.submit().job.id
      let store = fixture.store
      _ = try await store.updatePool(
        fixture.pool, of: fixture.tenant, maximumRunning: 1, audit: fixture.audit())
      let standing = try #require(
        try await store.standing(
          of: last, of: fixture.tenant, limits: RunningLimits(perTenant: 5, ofGateway: 9)))
      #expect(standing.jobsAhead == 4 && standing.pool.isFull && !standing.tenant.isFull)
      #expect(standing.tenant == .init(running: 1, maximum: 5))
      #expect(standing.gateway == .init(running: 1, maximum: 9))
      let foreign = try await store.standing(
        of: last, of: TenantName(unchecked: "globex"), limits: RunningLimits())
      #expect(foreign == nil)
    }
  }
}
