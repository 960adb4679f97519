import Foundation
import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption
import Testing

@testable import SallyportStoreSQLite

@Suite struct PoolPurgeTests {
  private func code(_ body: () async throws -> Void) async -> StoreError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? StoreError)?.code
    }
  }

  @Test(
    "nothing of the pool is left in a table, a file or a new backup, and the rows of others are the same",
    arguments: [true, false])
  func purged(isEncrypted: Bool) async throws {
    try await StoreFixture.with(isEncrypted: isEncrypted) { fixture in
      let two = try await PoolPurgeFixture(in: fixture)
      // The search finds what there is.
      #expect(
        try two.found().isSuperset(
          of: isEncrypted ? two.purged.ids : two.purged.ids + two.purged.words))
      let revocation = try await two.revoke(isPurge: true)
      #expect(revocation.jobsToEnd == 4 && revocation.members == 1)
      #expect(revocation.changes.ended.count == 2)
      let tables = try await two.runToEnd()
      #expect(tables == ["queued job", "audit"] + PurgeStep.poolSteps.dropFirst().map(\.name))
      try await check(two, fixture.store)
      _ = try StoreBackup.write(from: fixture.path, to: fixture.path + ".backup")
      #expect(try two.found() == [])
      #expect(try await two.revoke(isPurge: true).changes.ended.isEmpty)
      #expect(try await fixture.store.poolWork().isEmpty)
      try await fixture.store.close()
      #expect(try two.found() == [])
    }
  }

  /// After the end of a purge.
  private func check(_ two: PoolPurgeFixture, _ store: SQLiteStore) async throws {
    #expect(try await PoolPurgeFixture.left(store) == [:])
    let others = try await PoolPurgeFixture.others(store)
    for (table, rows) in two.others { #expect(others[table] == rows, "\(table)") }
    let pool = try #require(try await store.pool(two.pool, of: two.tenant))
    #expect(pool.purgedAt != nil && pool.pause == nil && pool.queued == 0 && pool.running == 0)
    try await checkAudit(two, store)
    try await checkRefused(two, store)
    let findings = StoreDoctor.examine(two.fixture.path)
    #expect(findings.allSatisfy { $0.status == .ok }, "\(findings.filter { $0.status != .ok })")
  }

  /// Each record is there, with its time and what was done; those about the pool say no more than that,
  /// and are what the digest says to whoever has kept them.
  private func checkAudit(_ two: PoolPurgeFixture, _ store: SQLiteStore) async throws {
    let records = try await store.auditRecords(of: two.tenant, after: 0, limit: 9_999)
    #expect(records.map(\.sequence) == Array(1...UInt64(records.count)))
    var chain = RecordChain()
    var taken = 0
    for (before, after) in zip(two.audit, records) {
      #expect(before.entry.action == after.entry.action && before.entry.time == after.entry.time)
      guard before != after else { continue }
      taken += 1
      #expect(after.entry.detail.isEmpty && ["", "linux"].contains(after.entry.object))
      #expect(["", "spiffe://test/alice", "spiffe://test/operator"].contains(after.entry.actor))
      chain.add(
        [
          "\(before.sequence)", "\(before.entry.time.milliseconds)", before.entry.actor,
          before.entry.action, before.entry.decision.rawValue, before.entry.object,
          before.entry.detail,
        ].map { Array($0.utf8) })
    }
    let told = two.audit.filter { record in
      let texts = [record.entry.actor, record.entry.object, record.entry.detail]
      return texts.contains { text in
        (two.purged.words + two.purged.ids + ["pool linux", "pool/linux"]).contains {
          text.contains($0)
        }
      }
    }
    #expect(taken == told.count && taken > 10)
    #expect(records.contains { $0.entry.object == "everybody's acme" })
    let tombstone = try #require(records.last)
    #expect(tombstone.entry.action == "pool.purge" && tombstone.entry.object == "linux")
    #expect(
      tombstone.entry.detail
        == "5 jobs removed, and the words of \(taken) audit records, SHA-256 of the records \(chain)"
    )
    let revocation = records.filter { $0.entry.action == "pool.revoke" }
    #expect(revocation.map(\.entry.detail) == ["no more of it"])
  }

  /// From the first commit of a purge on.
  private func checkRefused(_ two: PoolPurgeFixture, _ store: SQLiteStore) async throws {
    let fixture = StoreFixture(path: two.fixture.path, store: store, master: two.fixture.master)
    let (tenant, pool, worker) = (two.tenant, two.pool, two.purged.worker)
    #expect(try await store.jobs(of: tenant, matching: JobQuery(pool: pool)).isEmpty)
    let listed = try await store.jobs(of: tenant, matching: JobQuery(limit: 3))
    #expect(listed.count == 3 && listed.allSatisfy { $0.pool == PoolPurgeFixture.mac })
    #expect(try await store.enrollees(of: tenant, role: .worker, pool: pool, after: nil).isEmpty)
    #expect(try await store.tokens(of: tenant, pool: pool).isEmpty)
    #expect(try await store.poolKeys(of: pool, of: tenant).isEmpty)
    #expect(
      try await store.secrets(
        in: ContextName(unchecked: "shared"), pool: nil, of: tenant
      ).map(\.pool) == [PoolPurgeFixture.mac])
    for attempt in [two.purged.running, two.purged.finished.attempt] {
      #expect(try await store.job(attempt.job, of: tenant) == nil)
      let shown = try await fixture.watchedLog(attempt, of: tenant, by: worker)
      #expect(shown.watched.job == nil && shown.extent == nil)
      #expect(try await store.readLog(of: attempt, of: tenant, from: 0, limit: 99).isEmpty)
      #expect(try await store.attempts(of: attempt.job, of: tenant, limit: 9).isEmpty)
      #expect(try await store.jobSpecs(of: [attempt.job], of: tenant, budget: 99).isEmpty)
      // Late data.
      #expect(try await fixture.append(attempt, worker, at: 0, Array("late".utf8)) == .notHeld)
      #expect(try await fixture.finish(attempt, worker) == .stale)
      #expect(try await fixture.accept(attempt, worker) == nil)
      #expect(
        try await store.renewLeases([attempt], by: worker, until: PoolPurgeFixture.later).isEmpty)
      #expect(
        try await store.acknowledgeCancel(attempt, by: worker, at: PoolPurgeFixture.later) == nil)
      #expect(try await store.leasedJob(attempt, by: worker, at: fixture.start) == nil)
    }
    try await checkRevoked(two, store)
    let swept = try await store.sweep(
      at: fixture.start + .seconds(1), maximumOffers: 20, ended: { _ in fixture.audit() })
    #expect((swept.ended + swept.requeued.map(\.job)).isEmpty)
    #expect(try await store.jobCensus().allSatisfy { $0.tenant != tenant || $0.pool != pool })
  }

  /// From a revocation on, with a purge or without.
  private func checkRevoked(_ two: PoolPurgeFixture, _ store: SQLiteStore) async throws {
    let fixture = StoreFixture(path: two.fixture.path, store: store, master: two.fixture.master)
    let (tenant, pool, worker) = (two.tenant, two.pool, two.purged.worker)
    #expect(
      try await store.standing(of: .worker(tenant: tenant, pool: pool, id: worker.id)) != .active)
    #expect(try await fixture.claim(worker, two.purged.session).isEmpty)
    #expect(await code { _ = try await fixture.openSession(of: worker) } == .revoked)
    #expect(await code { try await fixture.submit() } == .gone)
    #expect(await code { _ = try await fixture.makeToken() } == .gone)
    #expect(
      await code {
        try await store.publishPoolKey(
          PoolKeyRecord(
            tenant: tenant, pool: pool, keyID: "k", certificate: [1], publishedAt: fixture.start,
            publishedBy: "alice"), audit: fixture.audit())
      } == .gone)
    #expect(
      await code {
        _ = try await store.attachContext(
          ContextName(unchecked: "shared"), to: pool, of: tenant, audit: fixture.audit())
      } == .gone)
    #expect(
      await code {
        try await store.setSecret(
          SecretRecord(
            tenant: tenant, context: ContextName(unchecked: "shared"), pool: pool, name: "n",
            version: 1, keyID: "k", setAt: fixture.start, setBy: "alice"), sealed: [1],
          audit: fixture.audit())
      } == .gone)
    #expect(
      await code {
        _ = try await store.setPause(
          PoolPause(reason: "x", since: fixture.start), of: pool, of: tenant,
          audit: fixture.audit())
      } == .gone)
    #expect(
      await code {
        try await store.createPool(
          Pool(tenant: tenant, name: pool, kind: .worker, sealed: false, createdAt: fixture.start),
          audit: fixture.audit())
      } == .alreadyExists)
    // The same names of others.
    #expect(
      try await store.standing(
        of: .worker(
          tenant: tenant, pool: PoolPurgeFixture.mac, id: two.kept.worker.id)) == .active)
    #expect(
      try await store.pool(pool, of: PoolPurgeFixture.rival)?.revokedAt == nil)
  }

  @Test("a revoked pool keeps its records and takes nothing new; it can be purged later")
  func revoked() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PoolPurgeFixture(in: fixture)
      let token = try await fixture.makeToken()
      let redemption = fixture.redemption(of: token, key: "late")
      let result = try await two.revoke(isPurge: false)
      #expect(result.pool.revokedAt != nil && result.pool.purgeBeganAt == nil)
      let ended = Dictionary(
        uniqueKeysWithValues: result.changes.ended.map { ($0.id, $0.state) })
      #expect(ended[two.purged.running.job] == .lost)
      #expect(ended.values.sorted { $0.rawValue < $1.rawValue } == [.cancelled, .lost])
      try await checkRevoked(two, fixture.store)
      #expect(try await two.runToEnd() == ["queued job"])
      #expect(try await fixture.store.poolWork().isEmpty)
      let jobs = try await fixture.store.jobs(of: two.tenant, matching: JobQuery(pool: two.pool))
      #expect(jobs.count == 5 && jobs.allSatisfy(\.state.isFinal))
      #expect(jobs.count { $0.state == .cancelled && $0.reason == "the pool was revoked" } == 3)
      guard case .refused(let refusal) = try await fixture.store.redeemToken(redemption) else {
        Issue.record("a token of a revoked pool was taken")
        return
      }
      #expect(refusal.reason == .revoked)
      let log = try await fixture.store.readLog(
        of: two.purged.running, of: two.tenant, from: 0, limit: 99)
      #expect(!log.isEmpty)
      #expect(
        try await fixture.append(two.purged.running, two.purged.worker, at: 0, [1]) == .notHeld)
      let others = try await PoolPurgeFixture.others(fixture.store)
      for (table, rows) in two.others { #expect(others[table] == rows, "\(table)") }
      let findings = StoreDoctor.examine(fixture.path)
      #expect(findings.allSatisfy { $0.status == .ok }, "\(findings)")

      // Once more changes nothing.
      let records = try await fixture.store.auditRecords(of: two.tenant, after: 0, limit: 9_999)
      #expect(try await two.revoke(isPurge: false).changes == JobChanges())
      #expect(
        try await fixture.store.auditRecords(of: two.tenant, after: 0, limit: 9_999) == records)
      #expect(try await two.revoke(isPurge: true).pool.purgeBeganAt != nil)
      try await two.runToEnd()
      #expect(try await PoolPurgeFixture.left(fixture.store) == [:])
      #expect(try two.found() == [])
      #expect(
        try await fixture.store.revocations(after: 0).last?.subject
          == .pool(
            tenant: two.tenant, name: two.pool))
    }
  }

  @Test("ended after any of its transactions, a purge refuses everything, and goes on where it was")
  func interrupted() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PoolPurgeFixture(in: fixture)
      // What a power cut at each of these moments would have left.
      var cuts: [String] = []
      func cut() throws {
        let folder = NSTemporaryDirectory() + "sallyport-pool-purge-\(JobID.random())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for suffix in ["", "-wal", ".keys"]
        where FileManager.default.fileExists(atPath: fixture.path + suffix) {
          try FileManager.default.copyItem(
            atPath: fixture.path + suffix, toPath: "\(folder)/gateway.db\(suffix)")
        }
        cuts.append(folder)
      }
      defer { for cut in cuts { try? FileManager.default.removeItem(atPath: cut) } }
      _ = try await two.revoke(isPurge: true)
      try cut()
      try await two.runToEnd { _ in try cut() }
      #expect(cuts.count > PurgeStep.poolSteps.count)
      for cut in cuts {
        let path = "\(cut)/gateway.db"
        let store = try StoreFixture.open(path, creating: false, fixture.master)
        try await store.openKeys()
        let again = PoolPurgeFixture(two, at: path, store)
        try await checkRefused(again, store)
        let findings = StoreDoctor.examine(path)
        #expect(findings.allSatisfy { $0.status == .ok || $0.check == "purge" }, "\(findings)")
        #expect(findings.contains { $0.check == "purge" && $0.status == .warning })
        try await again.runToEnd()
        #expect(try await PoolPurgeFixture.left(store) == [:])
        let others = try await PoolPurgeFixture.others(store)
        for (table, rows) in two.others { #expect(others[table] == rows, "\(table)") }
        #expect(try two.found(in: URL(filePath: cut)) == [])
        try await store.close()
      }
    }
  }

  @Test("the database itself refuses a row of a revoked pool, in every table that has one")
  func guarded() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PoolPurgeFixture(in: fixture)
      _ = try await two.revoke(isPurge: true)
      let tables = try await fixture.store.read { database in
        try String.fetchAll(
          database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).filter { table in try database.columns(in: table).contains { $0.name == "pool" } }
      }
      #expect(Set(tables) == Set(PoolPurgeMigration.guarded + ["pool_work"]))
      var inserts = PoolPurgeMigration.guarded.map { table in
        "INSERT INTO \(table) SELECT * FROM \(table) WHERE tenant = 'acme' AND pool = 'linux' LIMIT 1"
      }
      let own = "(SELECT id FROM job WHERE tenant = 'acme' AND pool = 'linux')"
      inserts += [
        "INSERT INTO attempt SELECT * FROM attempt WHERE job IN \(own) LIMIT 1",
        """
        INSERT INTO log_chunk SELECT * FROM log_chunk WHERE attempt IN (
          SELECT number FROM attempt WHERE job IN \(own)) LIMIT 1
        """,
        """
        INSERT INTO certificate SELECT * FROM certificate
        WHERE spiffe_id LIKE '%/tenant/acme/pool/linux/%' LIMIT 1
        """,
        "UPDATE job SET state = 'running' WHERE tenant = 'acme' AND pool = 'linux'",
        "UPDATE pool SET revoked_at = NULL WHERE tenant = 'acme' AND name = 'linux'",
        "UPDATE pool SET purge_began_at = NULL WHERE tenant = 'acme' AND name = 'linux'",
        "UPDATE pool SET pause_reason = 'x' WHERE tenant = 'acme' AND name = 'linux'",
      ]
      for sql in inserts {
        let found = await code { try await fixture.store.write { try $0.execute(sql: sql) } }
        #expect(found == .gone, "\(sql)")
      }
    }
  }

  @Test("a VCS pool goes without the jobs that fetched through it, and new ones cannot name it")
  func ofAgents() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let token = try await fixture.makeToken(pool: fixture.vcsPool)
      guard
        case .redeemed(let agent, _) = try await store.redeemToken(
          fixture.redemption(of: token, key: "agent", role: .agent))
      else { throw StoreError(code: .notFound, message: "not redeemed") }
      let job = try await fixture.submit().job
      let result = try await store.revokePool(
        fixture.vcsPool, of: fixture.tenant, isPurge: true, at: PoolPurgeFixture.later,
        audit: fixture.audit("pool.revoke"))
      #expect(result.members == 1 && result.jobsToEnd == 0)
      while try await store.advancePoolWork(
        on: fixture.vcsPool, of: fixture.tenant, at: PoolPurgeFixture.later) != nil
      {}
      #expect(
        try await store.endPoolPurges(at: PoolPurgeFixture.later).map(\.pool) == [fixture.vcsPool])
      #expect(
        try await store.standing(
          of: .agent(
            tenant: fixture.tenant, pool: fixture.vcsPool, id: AgentID(unchecked: agent.id)))
          == .unknown)
      #expect(try await store.job(job.id, of: fixture.tenant) == job)
      #expect(await code { try await fixture.submit() } == .gone)
    }
  }

  @Test("whoever goes on writing meanwhile adds nothing to the pool, and the others go on")
  func racing() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PoolPurgeFixture(in: fixture, jobs: 300)
      let other = StoreFixture(
        path: fixture.path, store: try fixture.open(), master: fixture.master)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in [fixture, other] {
          group.addTask {
            for _ in 0..<100 { try await writer.submit(pool: PoolPurgeFixture.mac) }
          }
          group.addTask {
            let (attempt, worker) = (two.purged.running, two.purged.worker)
            for number in 0..<100 {
              // Each is taken or refused; which, depends on who was first.
              _ = try? await writer.submit(key: "late-\(number)")
              _ = try? await writer.makeToken()
              _ = try? await writer.append(attempt, worker, at: UInt64(number), [120])
              _ = try? await writer.finish(attempt, worker)
            }
          }
        }
        _ = try await two.revoke(isPurge: true)
        try await group.waitForAll()
      }
      try await other.store.close()
      try await two.runToEnd()
      #expect(try await PoolPurgeFixture.left(fixture.store) == [:])
      #expect(try two.found() == [])
      let kept = try await fixture.store.jobs(
        of: two.tenant, matching: JobQuery(pool: PoolPurgeFixture.mac, limit: 9_999))
      #expect(kept.count == 500)
      let findings = StoreDoctor.examine(fixture.path)
      #expect(findings.allSatisfy { $0.status == .ok }, "\(findings)")
    }
  }

  @Test("a tenant is purged in the middle of the purge of one of its pools")
  func withTheTenant() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PoolPurgeFixture(in: fixture)
      _ = try await two.revoke(isPurge: true)
      _ = try await fixture.store.advancePoolWork(
        on: two.pool, of: two.tenant, at: PoolPurgeFixture.later)
      let result = try await fixture.store.purge(two.tenant, at: PoolPurgeFixture.later) { _ in }
      #expect(result?.jobs == 10)
      #expect(try await fixture.store.poolWork().isEmpty)
      #expect(
        try await fixture.store.advancePoolWork(
          on: two.pool, of: two.tenant, at: PoolPurgeFixture.later) == nil)
      #expect(try two.found() == [])
      let findings = StoreDoctor.examine(fixture.path)
      #expect(findings.allSatisfy { $0.status == .ok }, "\(findings)")
    }
  }

  @Test("the tenant's key is rotated after a purge, and a pool that there is not is refused")
  func afterwards() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PoolPurgeFixture(in: fixture)
      _ = try await two.revoke(isPurge: true)
      try await two.runToEnd()
      try await fixture.store.rotateKey(of: two.tenant) { _ in }
      try await checkAudit(two, fixture.store)
      #expect(
        await code {
          _ = try await fixture.store.revokePool(
            PoolName(unchecked: "nobody"), of: two.tenant, isPurge: true, at: fixture.start,
            audit: fixture.audit())
        } == .notFound)
    }
  }
}
