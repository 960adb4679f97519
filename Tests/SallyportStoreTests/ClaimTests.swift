import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct ClaimTests {
  @Test("a thousand jobs and twenty claimers: each job is offered once")
  func concurrentClaims() async throws {
    try await StoreFixture.with { fixture in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<1_000 { group.addTask { try await fixture.submit() } }
        try await group.waitForAll()
      }
      let claimed = try await withThrowingTaskGroup(of: [JobRecord].self) { group in
        for index in 0..<20 {
          group.addTask {
            let (worker, session) = try await fixture.makeWorker()
            var jobs: [JobRecord] = []
            while true {
              let batch = try await fixture.claim(worker, session, limit: 1 + index % 7)
              if batch.isEmpty { return jobs }
              jobs += batch
            }
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(claimed.count == 1_000)
      #expect(Set(claimed.map(\.id)).count == 1_000)
      #expect(claimed.allSatisfy { $0.epoch == 1 && $0.state == .offered })
    }
  }

  @Test("the oldest job comes first, also after it has been returned")
  func order() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      let first = try await fixture.submit().job
      let second = try await fixture.submit().job
      let offer = try #require(try await fixture.claim(worker, session).first)
      #expect(offer.id == first.id)
      let returned = try await fixture.store.returnOffer(
        offer.attempt, by: worker, reason: "no", maximumOffers: 20, at: fixture.start,
        audit: fixture.audit())
      #expect(returned?.state == .queued)
      let again = try await fixture.claim(worker, session, limit: 2)
      #expect(again.map(\.id) == [first.id, second.id])
      #expect(again.map(\.epoch) == [2, 1])
    }
  }

  @Test("a session that has been superseded claims nothing")
  func supersededSession() async throws {
    try await StoreFixture.with { fixture in
      let (worker, old) = try await fixture.makeWorker()
      try await fixture.submit()
      let new = try await fixture.openSession(of: worker)
      #expect(try await fixture.claim(worker, old).isEmpty)
      #expect(try await fixture.claim(worker, new).count == 1)
    }
  }

  @Test("excluded jobs are skipped, not waited for")
  func exclusion() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      let first = try await fixture.submit().job
      let second = try await fixture.submit().job
      let claimed = try await fixture.claim(worker, session, excluding: [first.id])
      #expect(claimed.map(\.id) == [second.id])
      #expect(try await fixture.claim(worker, session, excluding: [first.id]).isEmpty)
    }
  }

  @Test("workers of another tenant's pool of the same name get nothing")
  func tenants() async throws {
    try await StoreFixture.with { fixture in
      let other = TenantName(unchecked: "globex")
      try await fixture.makeTenant(other)
      let (foreign, session) = try await fixture.makeWorker(tenant: other)
      try await fixture.submit()
      #expect(try await fixture.claim(foreign, session, limit: 10).isEmpty)
    }
  }
}
