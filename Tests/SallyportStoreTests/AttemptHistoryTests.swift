import GRDB
import SallyportCore
import SallyportStore
import Testing

@testable import SallyportStoreSQLite

@Suite struct AttemptHistoryTests {
  @Test("each attempt is kept with how it ended and what is missing of its log")
  func history() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      let job = try await fixture.submit().job
      _ = try await fixture.claim(worker, session)
      _ = try await fixture.sweep(at: fixture.start + .seconds(15), maximumOffers: 20)
      let offer = try #require(try await fixture.claim(worker, session).first)
      _ = try await fixture.accept(offer.attempt, worker)
      _ = try await fixture.append(offer.attempt, worker, at: 0, [1, 2, 3])
      _ = try await fixture.store.finishAttempt(
        AttemptResult(
          attempt: offer.attempt, state: .failed, exitCode: 3, signal: nil, reason: "it broke",
          commit: "", completeLogLength: nil, logIncompleteReason: "length 3 of 5 bytes stored",
          time: fixture.start + .seconds(7)),
        by: worker, audit: fixture.audit())

      let attempts = try await fixture.store.attempts(of: job.id, of: fixture.tenant, limit: 100)
      #expect(attempts.map(\.epoch) == [1, 2])
      #expect(attempts.map(\.outcome) == ["returned", "failed"])
      #expect(
        attempts.map(\.logIncompleteReason)
          == ["the offer was returned", "length 3 of 5 bytes stored"])
      #expect(attempts[0].startedAt == nil && attempts[1].startedAt == fixture.start)
      #expect(attempts[0].reason == "no worker accepted the offer in time")
      #expect(attempts[1].reason == "it broke" && attempts[1].exitCode == 3)
      #expect(attempts[1].endedAt == fixture.start + .seconds(7) && attempts[1].logLength == 3)
      let shown = try await fixture.store.job(job.id, of: fixture.tenant)
      #expect(shown?.logIncompleteReason == "length 3 of 5 bytes stored")
      #expect(
        try await fixture.store.attempts(of: job.id, of: fixture.tenant, limit: 1).map(\.epoch)
          == [2])
      let stranger = TenantName(unchecked: "globex")
      #expect(try await fixture.store.attempts(of: job.id, of: stranger, limit: 9).isEmpty)
    }
  }

  @Test("the log of an attempt that is lost with its worker says so")
  func lost() async throws {
    try await StoreFixture.with { fixture in
      let (job, _, _) = try await fixture.makeRunningJob()
      _ = try await fixture.sweep(at: fixture.start + .seconds(120), maximumOffers: 20)
      let attempt = try #require(
        try await fixture.store.attempts(of: job.id, of: fixture.tenant, limit: 9).first)
      #expect(attempt.outcome == "lost" && attempt.reason == "the lease expired")
      #expect(attempt.logState == .incomplete)
      #expect(attempt.logIncompleteReason == "the worker was lost")
    }
  }

  @Test("no log is ever incomplete without a reason")
  func always() async throws {
    try await StoreFixture.with { fixture in
      let (worker, session) = try await fixture.makeWorker()
      for _ in 0..<4 { try await fixture.submit() }
      let offers = try await fixture.claim(worker, session, limit: 4)
      for offer in offers.prefix(2) { _ = try await fixture.accept(offer.attempt, worker) }
      _ = try await fixture.finish(offers[0].attempt, worker)
      _ = try await fixture.store.cancelJob(
        offers[2].id, of: fixture.tenant, by: "alice", reason: "", at: fixture.start,
        audit: fixture.audit())
      _ = try await fixture.store.revokeEnrollee(
        worker.id.rawValue, role: .worker, of: fixture.tenant, at: fixture.start,
        audit: fixture.audit())
      let silent = try await fixture.store.read { database in
        try database.number(
          """
          SELECT count(*) FROM attempt
          WHERE (log_state = 'incomplete') <> (log_incomplete_reason <> '')
          """, [])
      }
      #expect(silent == 0)
    }
  }
}
