import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct JobTests {
  @Test("an idempotency key submits once, however often and at once")
  func idempotency() async throws {
    try await StoreFixture.with { fixture in
      let results = try await withThrowingTaskGroup(of: JobSubmissionResult.self) { group in
        for _ in 0..<20 { group.addTask { try await fixture.submit(key: "k") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(results.map(\.job.id)).count == 1)
      #expect(results.count { $0.isNew } == 1)
      await #expect {
        try await fixture.submit(key: "k", spec: [2])
      } throws: {
        ($0 as? StoreError)?.code == .keyReused
      }
      let other = TenantName(unchecked: "globex")
      try await fixture.makeTenant(other)
      #expect(try await fixture.submit(key: "k", spec: [2], tenant: other).isNew)
    }
  }

  @Test("pages go from new to old, without gaps, and reveal nothing of other tenants")
  func pages() async throws {
    try await StoreFixture.with { fixture in
      let other = TenantName(unchecked: "globex")
      try await fixture.makeTenant(other)
      var ids: [JobID] = []
      for _ in 0..<5 {
        ids.append(try await fixture.submit().job.id)
        try await fixture.submit(tenant: other)
      }
      var seen: [JobID] = []
      while true {
        let page = try await fixture.store.jobs(
          of: fixture.tenant, matching: JobQuery(before: seen.last, limit: 2))
        if page.isEmpty { break }
        seen += page.map(\.id)
      }
      #expect(seen == ids.reversed())
      let foreign = try await fixture.store.jobs(
        of: other, matching: JobQuery(before: ids.last))
      #expect(foreign.isEmpty)
    }
  }

  @Test("a pool's queue is bounded")
  func queueLimit() async throws {
    try await StoreFixture.with { fixture in
      for _ in 0..<3 { try await fixture.submit(queueLimit: 3) }
      await #expect {
        try await fixture.submit(queueLimit: 3)
      } throws: {
        ($0 as? StoreError)?.code == .overloaded
      }
    }
  }

  @Test("a cancellation is decided once, by the state that it meets")
  func cancellation() async throws {
    try await StoreFixture.with { fixture in
      func cancel(_ job: JobID) async throws -> CancelResult {
        try await fixture.store.cancelJob(
          job, of: fixture.tenant, by: "alice", reason: "stop", at: fixture.start,
          audit: fixture.audit())
      }
      let queued = try await fixture.submit().job
      guard case .cancelled(let job) = try await cancel(queued.id) else {
        Issue.record("a queued job is cancelled at once")
        return
      }
      #expect(job.state == .cancelled)
      #expect(try await cancel(queued.id) == .unchanged(job))

      let (worker, session) = try await fixture.makeWorker()
      let offered = try await fixture.submit().job
      let offer = try #require(try await fixture.claim(worker, session).first)
      guard case .withdrawn = try await cancel(offered.id) else {
        Issue.record("an offered job is cancelled at once")
        return
      }
      #expect(try await fixture.accept(offer.attempt, worker) == nil)

      let (running, _, _) = try await fixture.makeRunningJob()
      guard case .requested(let marked) = try await cancel(running.id) else {
        Issue.record("a running job is marked")
        return
      }
      #expect(marked.state == .running && marked.cancelRequested)
      #expect(try await cancel(running.id) == .unchanged(marked))
    }
  }

  @Test("another tenant's job is not there")
  func foreignJob() async throws {
    try await StoreFixture.with { fixture in
      let other = TenantName(unchecked: "globex")
      try await fixture.makeTenant(other)
      let job = try await fixture.submit().job
      #expect(try await fixture.store.job(job.id, of: other) == nil)
      await #expect {
        try await fixture.store.cancelJob(
          job.id, of: other, by: "alice", reason: "", at: fixture.start, audit: fixture.audit())
      } throws: {
        ($0 as? StoreError)?.code == .notFound
      }
      try await fixture.store.addRelayBytes(
        to: job.id, of: other, toWorker: 5, toAgent: 5, audit: fixture.audit())
      #expect(try await fixture.store.job(job.id, of: fixture.tenant) == job)
    }
  }
}
