import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct CancellationTests {
  @Test("requested, delivered and confirmed are three facts, each noted once")
  func threeFacts() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      let store = fixture.store
      func cancel(_ name: String, after seconds: Int) async throws -> CancelResult {
        try await store.cancelJob(
          job.id, of: fixture.tenant, by: name, reason: "by \(name)",
          at: fixture.start + .seconds(seconds), audit: fixture.audit())
      }
      guard case .requested(let asked) = try await cancel("alice", after: 1) else {
        Issue.record("not requested")
        return
      }
      #expect(asked.cancelRequestedAt == fixture.start + .seconds(1))
      #expect(asked.cancelRequestedBy == "alice" && asked.cancelReason == "by alice")
      #expect(asked.cancelDeliveredAt == nil && asked.state == .running)
      // A storm of them changes nothing.
      for second in 2..<20 {
        #expect(try await cancel("bob", after: second) == .unchanged(asked))
      }
      #expect(try await store.unacknowledgedCancels(of: worker).map(\.id) == [job.id])
      for second in [30, 31] {
        let told = try await store.acknowledgeCancel(
          job.attempt, by: worker, at: fixture.start + .seconds(second))
        #expect(told?.cancelDeliveredAt == fixture.start + .seconds(30))
      }
      #expect(try await store.unacknowledgedCancels(of: worker).isEmpty)
      guard case .recorded = try await fixture.finish(job.attempt, worker, .cancelled) else {
        Issue.record("not recorded")
        return
      }
      let ended = try #require(try await store.job(job.id, of: fixture.tenant))
      #expect(ended.state == .cancelled && ended.cancelRequestedBy == "alice")
      #expect(try await cancel("carol", after: 99) == .unchanged(ended))
    }
  }

  @Test(
    "a command that had ended by itself is recorded as it ended, whatever was asked",
    arguments: [JobState.succeeded, .failed, .timedOut])
  func workerKnows(state: JobState) async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      try await cancel(job, fixture)
      _ = try await fixture.finish(job.attempt, worker, state)
      let ended = try #require(try await fixture.store.job(job.id, of: fixture.tenant))
      #expect(ended.state == state && ended.cancelRequested)
    }
  }

  @Test("a job that was to be cancelled and is lost with its worker is cancelled")
  func lostAfterRequest() async throws {
    try await StoreFixture.with { fixture in
      let (swept, _, _) = try await fixture.makeRunningJob()
      try await cancel(swept, fixture)
      let changes = try await fixture.sweep(
        at: fixture.start + .seconds(120), maximumOffers: 20)
      #expect(changes.ended.map(\.state) == [.cancelled] && changes.requeued.isEmpty)
      #expect(
        changes.ended.first?.reason == "cancelled; its worker was lost: the lease expired")

      let (reported, worker, _) = try await fixture.makeRunningJob()
      try await cancel(reported, fixture)
      _ = try await fixture.finish(reported.attempt, worker, .lost)
      let ended = try await fixture.store.job(reported.id, of: fixture.tenant)
      #expect(ended?.state == .cancelled)
    }
  }

  @Test("the job of a revoked worker may still run: it is lost, and not cancelled")
  func revoked() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      try await cancel(job, fixture)
      let changes = try await fixture.store.revokeEnrollee(
        worker.id.rawValue, role: .worker, of: fixture.tenant, at: fixture.start,
        audit: fixture.audit())
      #expect(changes.ended.map(\.state) == [.lost])
    }
  }

  @Test("a request outlives the gateway and is delivered to the worker's next session")
  func restart() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      try await cancel(job, fixture)
      let reopened = try await fixture.reopened()
      let waiting = try await reopened.store.unacknowledgedCancels(of: worker)
      #expect(waiting.map(\.id) == [job.id] && waiting.first?.cancelRequestedBy == "alice")
      try await reopened.store.close()
    }
  }

  private func cancel(_ job: JobRecord, _ fixture: StoreFixture) async throws {
    _ = try await fixture.store.cancelJob(
      job.id, of: fixture.tenant, by: "alice", reason: "stop", at: fixture.start,
      audit: fixture.audit())
  }
}
