import FoundationEssentials
import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption
import Testing

@testable import SallyportStoreSQLite

@Suite struct StoreDoctorTests {
  /// Each damage, and the check that has to find it.
  struct Damage: Sendable {
    let check: String
    let sql: String
  }

  @Test("a store that has seen everything is healthy, also while it is open")
  func healthy() async throws {
    try await StoreFixture.with { fixture in
      try await fill(fixture)
      let findings = StoreDoctor.examine(fixture.path)
      #expect(findings.allSatisfy { $0.status == .ok }, "\(findings.filter { $0.status != .ok })")
      #expect(findings.count == 3 + StoreInvariant.all.count)
    }
  }

  @Test(
    "what is wrong is found, and said with the first thing that is",
    arguments: [
      Damage(
        check: "queue lengths", sql: "UPDATE pool SET queued = queued + 1 WHERE name = 'linux'"),
      Damage(
        check: "running jobs",
        sql: "UPDATE job SET lease_expires_at = NULL WHERE state = 'running'"),
      Damage(
        check: "offered jobs", sql: "UPDATE job SET accept_until = NULL WHERE state = 'offered'"),
      Damage(
        check: "final jobs", sql: "UPDATE job SET finished_at = NULL WHERE state = 'succeeded'"),
      Damage(check: "attempts", sql: "UPDATE job SET epoch = epoch + 1 WHERE state = 'succeeded'"),
      Damage(
        check: "open attempts",
        sql: """
          UPDATE attempt SET outcome = NULL WHERE job =
            (SELECT id FROM job WHERE state = 'succeeded')
          """),
      Damage(check: "logs", sql: "DELETE FROM log_chunk WHERE offset = 0"),
      Damage(
        check: "logs", sql: "UPDATE attempt SET log_length = log_length + 1 WHERE log_length > 0"),
      Damage(
        check: "log states",
        sql: "UPDATE attempt SET log_incomplete_reason = '' WHERE log_state = 'incomplete'"),
      Damage(
        check: "jobs", sql: "DELETE FROM job_spec WHERE job = (SELECT min(job) FROM job_spec)"),
      Damage(check: "audit", sql: "DELETE FROM audit WHERE sequence = 2"),
      Damage(
        check: "foreign keys",
        sql: "PRAGMA foreign_keys = OFF; UPDATE token SET pool = 'gone'; PRAGMA foreign_keys = ON"),
    ])
  func damaged(_ damage: Damage) async throws {
    try await StoreFixture.with { fixture in
      try await fill(fixture)
      try await Self.execute(damage.sql, in: fixture)
      let failed = StoreDoctor.examine(fixture.path).filter { $0.status == .failed }
      #expect(failed.contains { $0.check == damage.check }, "\(failed)")
      #expect(failed.allSatisfy { !$0.detail.isEmpty })
    }
  }

  @Test("a file that is no database, or a broken one, is said to be so")
  func broken() async throws {
    try await StoreFixture.with { fixture in
      try await fill(fixture)
      let copy = fixture.path + ".copy"
      _ = try StoreBackup.write(from: fixture.path, to: copy)
      var bytes = try Data(contentsOf: URL(filePath: copy))
      for index in stride(from: 8_192, to: bytes.count, by: 4_096) {
        bytes.replaceSubrange(index..<index + 64, with: Data(repeating: 0xA5, count: 64))
      }
      try bytes.write(to: URL(filePath: copy))
      #expect(StoreDoctor.examine(copy).contains { $0.status == .failed })
      try Data(repeating: 7, count: 8_192).write(to: URL(filePath: copy))
      #expect(StoreDoctor.examine(copy).contains { $0.status == .failed })
      #expect(StoreDoctor.examine(copy + "2").map(\.status) == [.failed])
    }
  }

  @Test("whether the store is encrypted as it should be, and its keys are there")
  func keys() async throws {
    try await StoreFixture.with { fixture in
      let master = try #require(fixture.master)
      func status(_ master: LocalMasterKey?) async -> StoreFinding.Status {
        await StoreDoctor.examineKeys(
          of: fixture.path, master.map { StoreFixture.keyring(fixture.path, $0) }
        ).status
      }
      #expect(await status(master) == .ok)
      #expect(await status(StoreFixture.masterKey()) == .failed)
      #expect(await status(nil) == .failed)
      try FileManager.default.removeItem(atPath: "\(fixture.path).keys/\(fixture.tenant)")
      #expect(await status(master) == .failed)
    }
    try await StoreFixture.with(isEncrypted: false) { fixture in
      #expect(await StoreDoctor.examineKeys(of: fixture.path, nil).status == .warning)
      let keyring = StoreFixture.keyring(fixture.path, try #require(StoreFixture.masterKey()))
      #expect(await StoreDoctor.examineKeys(of: fixture.path, keyring).status == .failed)
      #expect(!FileManager.default.fileExists(atPath: fixture.path + ".keys"))
    }
  }

  static func execute(_ sql: String, in fixture: StoreFixture) async throws {
    try await fixture.store.pool.writeWithoutTransaction { try $0.execute(sql: sql) }
  }

  /// Jobs in every state, a log in pieces.
  private func fill(_ fixture: StoreFixture) async throws {
    let (worker, session) = try await fixture.makeWorker()
    for _ in 0..<5 { try await fixture.submit() }
    let offers = try await fixture.claim(worker, session, limit: 4)
    for offer in offers.prefix(3) { _ = try await fixture.accept(offer.attempt, worker) }
    for (offset, byte) in [(0, 1), (1, 2), (2, 3)] as [(UInt64, UInt8)] {
      _ = try await fixture.append(offers[0].attempt, worker, at: offset, [byte])
    }
    _ = try await fixture.store.finishAttempt(
      AttemptResult(
        attempt: offers[0].attempt, state: .succeeded, exitCode: 0, signal: nil, reason: "",
        commit: "", completeLogLength: 3, time: fixture.start),
      by: worker, audit: fixture.audit())
    _ = try await fixture.finish(offers[1].attempt, worker, .lost)
    _ = try await fixture.store.returnOffer(
      offers[3].attempt, by: worker, reason: "no", maximumOffers: 20, at: fixture.start,
      audit: fixture.audit())
    _ = try await fixture.claim(worker, session)
  }
}
