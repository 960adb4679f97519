import SallyportCore
import SallyportStore
import Testing

@testable import SallyportStoreSQLite

/// Two sessions of one worker: what the older one still says meets what the newer one has said.
@Suite struct HandoverTests {
  @Test("an offer that the inventory does not name goes back, and its late Accept starts nothing")
  func lateAccept() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      try await fixture.submit()
      let offer = try #require(try await fixture.claim(worker, session).first)
      let opened = try await fixture.reconcile(inventory(worker, [], fixture))
      #expect(opened.changes.requeued.map(\.attempt) == [offer.attempt])
      #expect(try await fixture.accept(offer.attempt, worker) == nil)
      #expect(try await fixture.store.job(offer.id, of: fixture.tenant)?.state == .queued)
    }
  }

  @Test(
    "an attempt that the inventory names runs on; its Accept, which comes after, changes nothing")
  func acceptedBefore() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      try await fixture.submit()
      let offer = try #require(try await fixture.claim(worker, session).first)
      let opened = try await fixture.reconcile(inventory(worker, [offer.attempt], fixture))
      #expect(opened.live.map(\.attempt) == [offer.attempt])
      #expect(try await fixture.accept(offer.attempt, worker)?.state == .running)
      #expect(try await fixture.claim(worker, session).isEmpty)
    }
  }

  @Test("claims of the older session and the newer session's inventory, at once: nothing is lost")
  func race() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      for _ in 0..<50 { try await fixture.submit() }
      async let claims = withThrowingTaskGroup(of: [JobRecord].self) { group in
        for _ in 0..<50 { group.addTask { try await fixture.claim(worker, session) } }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      let opened = try await fixture.reconcile(inventory(worker, [], fixture))
      let claimed = try await claims
      // Each claim came before, and went back, or found the session superseded.
      #expect(Set(opened.changes.requeued.map(\.attempt)) == Set(claimed.map(\.attempt)))
      let jobs = try await fixture.store.jobs(of: fixture.tenant, matching: JobQuery(limit: 100))
      #expect(jobs.count { $0.state == .queued } == 50)
    }
  }

  @Test("sessions are numbered in the order of their commits")
  func numbers() async throws {
    try await StoreFixture.with { fixture in
      let (worker, _) = try await fixture.makeWorker()
      let first = try await fixture.reconcile(inventory(worker, [], fixture)).session
      let second = try await fixture.reconcile(inventory(worker, [], fixture)).session
      #expect(second == first + 1)
    }
  }

  private func inventory(
    _ worker: WorkerReference, _ running: Set<AttemptID>, _ fixture: StoreFixture
  ) -> WorkerInventory {
    WorkerInventory(
      worker: worker, running: running, finished: [], leaseUntil: fixture.start + .seconds(120),
      maximumOffers: 20, time: fixture.start)
  }
}
