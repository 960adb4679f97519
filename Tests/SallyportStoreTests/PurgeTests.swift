import Foundation
import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption
import Testing

@testable import SallyportStoreSQLite

@Suite struct PurgeTests {
  private struct Interrupted: Error {}

  private static let later = Timestamp(seconds: 1_700_001_000)

  private func code(_ body: () async throws -> Void) async -> StoreError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? StoreError)?.code
    }
  }

  @Test(
    "nothing of the tenant is left in a table, a file or a backup, and all of the others is",
    arguments: [true, false])
  func purged(isEncrypted: Bool) async throws {
    try await StoreFixture.with(isEncrypted: isEncrypted) { fixture in
      let two = try await PurgeFixture(in: fixture)
      if !isEncrypted {
        // The search finds what there is.
        #expect(
          try two.found(in: two.canaries.folder, words: two.words).isSuperset(
            of: two.canaries.words + two.ids))
      }
      let audits = try await fixture.store.auditRecords(of: two.purged, after: 0, limit: 9_999)
      let result = try #require(
        try await fixture.store.purge(two.purged, at: Self.later) { _ in })
      #expect(result.jobs == 6)
      #expect(result.auditRecords == audits.count)
      #expect(result.digest.count == 64)
      try await checkPurged(fixture.store, two)
      _ = try StoreBackup.write(from: fixture.path, to: fixture.path + ".backup")
      #expect(try two.found(in: two.canaries.folder, words: two.words) == [])
      // The tombstone.
      let own = try await fixture.store.read { database in
        try String.fetchAll(
          database,
          sql: """
            SELECT detail FROM audit WHERE tenant = '' AND action = 'tenant.purge'
            ORDER BY sequence
            """)
      }
      #expect(own.count == 2)
      let detail = try #require(own.last)
      #expect(detail.contains(result.digest) && detail.contains("6 jobs"))
      #expect(try await fixture.store.purge(two.purged, at: Self.later) { _ in } == nil)
      try await fixture.store.close()
      #expect(try two.found(in: two.canaries.folder, words: two.words) == [])
    }
  }

  /// After the end of a purge.
  private func checkPurged(_ store: SQLiteStore, _ two: PurgeFixture) async throws {
    let left = try await PurgeFixture.everything(in: store)
    for (table, rows) in two.others {
      #expect(left[table] == rows, "\(table)")
    }
    #expect(Set(left.keys) == Set(two.others.keys))
    try await checkRefused(store, two)
    let name = try await store.read { database in
      try String.fetchOne(
        database,
        sql: """
          SELECT name FROM tenant WHERE external_id = '' AND running = 0 AND purged_at IS NOT NULL
          """)
    }
    #expect(name == two.purged.rawValue)
    let findings = StoreDoctor.examine(two.fixture.path)
    #expect(findings.allSatisfy { $0.status == .ok }, "\(findings.filter { $0.status != .ok })")
    let counts = try await store.read { database in
      (
        try database.number("SELECT running FROM gateway_load", []),
        try database.number("SELECT sum(running) FROM tenant", [])
      )
    }
    #expect(counts.0 == counts.1)
  }

  /// From the first commit of a purge on.
  private func checkRefused(_ store: SQLiteStore, _ two: PurgeFixture) async throws {
    let fixture = StoreFixture(path: two.fixture.path, store: store, master: two.fixture.master)
    let (tenant, worker) = (two.purged, two.canaries.worker)
    let (running, finished) = (two.canaries.running, two.canaries.finished)
    #expect(try await store.tenant(tenant) == nil)
    #expect(try await store.tenantNames() == [PurgeFixture.kept])
    #expect(try await store.pools(of: tenant, kind: nil).isEmpty)
    #expect(try await store.enrollees(of: tenant, role: .worker, pool: nil, after: nil).isEmpty)
    #expect(try await store.jobs(of: tenant, matching: JobQuery()).isEmpty)
    #expect(try await store.auditRecords(of: tenant, after: 0, limit: 9).isEmpty)
    for job in [running, finished] {
      #expect(try await store.job(job.id, of: tenant) == nil)
      let shown = try await fixture.watchedLog(job.attempt, of: tenant, by: worker)
      #expect(shown.watched == WatchedJob(standing: .revoked, job: nil) && shown.extent == nil)
      #expect(
        try await store.readLog(of: job.attempt, of: tenant, from: 0, limit: 99).isEmpty)
    }
    for identity: GatewayIdentity in [
      .worker(tenant: tenant, pool: worker.pool, id: worker.id),
      .operatorNamed(tenant: tenant, name: OperatorName(unchecked: "bob")),
      .operatorNamed(tenant: tenant, name: OperatorName(unchecked: "never-seen")),
    ] {
      #expect(try await store.standing(of: identity) == .revoked)
    }
    // Late data.
    let append = try await fixture.append(running.attempt, worker, at: 0, Array("late".utf8))
    #expect(append == .notHeld)
    #expect(try await fixture.finish(running.attempt, worker) == .stale)
    #expect(try await fixture.finish(finished.attempt, worker) == .stale)
    #expect(
      try await store.renewLeases([running.attempt], by: worker, until: Self.later).isEmpty)
    #expect(try await fixture.accept(running.attempt, worker) == nil)
    #expect(
      try await store.acknowledgeCancel(running.attempt, by: worker, at: Self.later) == nil)
    #expect(try await store.leasedJob(running.attempt, by: worker, at: fixture.start) == nil)
    #expect(try await fixture.claim(worker, .random()).isEmpty)
    #expect(await code { try await fixture.submit() } != nil)
    #expect(await code { _ = try await fixture.openSession(of: worker) } == .revoked)
    #expect(await code { _ = try await fixture.makeToken() } != nil)
    #expect(
      await code {
        try await store.recordOperator(
          OperatorName(unchecked: "eve"), of: tenant, certificate: fixture.certificate("eve"),
          audit: fixture.audit())
      } != nil)
    #expect(
      await code {
        _ = try await store.recredential(
          tenant, externalID: "new", at: Self.later, audit: fixture.audit())
      } == .revoked)
    #expect(
      await code {
        try await store.setRunningLimit(.unlimited, of: tenant, audit: fixture.audit())
      } != nil)
    #expect(
      await code {
        try await store.createTenant(
          Tenant(name: tenant, externalID: "again", createdAt: Self.later), audit: fixture.audit())
      } == .alreadyExists)
    // Timers of the gateway pass it by.
    let swept = try await store.sweep(
      at: fixture.start, maximumOffers: 20, ended: { _ in fixture.audit() })
    #expect((swept.ended + swept.requeued.map(\.job)).allSatisfy { $0.tenant != tenant })
    #expect(try await store.releaseJobs(at: fixture.start).isEmpty)
    let revocations = try await store.revocations(after: 0)
    #expect(revocations.last?.subject == .tenant(tenant))
  }

  @Test(
    "ended after any of its transactions, a purge refuses everything, and goes on where it was",
    arguments: [true, false])
  func interrupted(isEncrypted: Bool) async throws {
    try await StoreFixture.with(isEncrypted: isEncrypted) { fixture in
      let two = try await PurgeFixture(in: fixture)
      // What a power cut at each of these moments would have left.
      var cuts: [String] = []
      let result = try await fixture.store.purge(two.purged, at: Self.later) { _ in
        let folder = NSTemporaryDirectory() + "sallyport-purge-\(JobID.random())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for suffix in ["", "-wal", ".keys"]
        where
          FileManager.default.fileExists(atPath: fixture.path + suffix)
        {
          try FileManager.default.copyItem(
            atPath: fixture.path + suffix, toPath: "\(folder)/gateway.db\(suffix)")
        }
        cuts.append(folder)
      }
      defer { for cut in cuts { try? FileManager.default.removeItem(atPath: cut) } }
      #expect(cuts.count > PurgeStep.all.count)
      for cut in cuts {
        let path = "\(cut)/gateway.db"
        let opened = StoreFixture(
          path: path, store: try StoreFixture.open(path, creating: false, fixture.master),
          master: fixture.master)
        try await opened.store.openKeys()
        try await checkRefused(opened.store, two)
        let kept = try await PurgeFixture.rows(of: opened.store, besides: two.purged)
        for (table, rows) in two.others where table != "revocation" {
          #expect(kept[table] == rows, "\(table)")
        }
        let findings = StoreDoctor.examine(path)
        #expect(findings.allSatisfy { $0.status == .ok || $0.check == "purge" }, "\(findings)")
        #expect(findings.contains { $0.check == "purge" && $0.status == .warning })
        // What was refused meanwhile is in the gateway's own log, and changes nothing.
        let again = try await opened.store.purge(two.purged, at: Self.later) { _ in }
        #expect(again == result)
        let left = try await PurgeFixture.everything(in: opened.store)
        for (table, rows) in two.others { #expect(left[table] == rows, "\(table)") }
        _ = try StoreBackup.write(from: path, to: path + ".backup")
        let folder = URL(filePath: cut)
        #expect(try two.found(in: folder, words: two.words) == [])
        try await opened.store.close()
        #expect(try two.found(in: folder, words: two.words) == [])
      }
    }
  }

  @Test(
    "refused by whoever drives it between any two transactions, it ends when it is called again")
  func stepped() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PurgeFixture(in: fixture)
      var interruptions = 0
      while true {
        do {
          _ = try await fixture.store.purge(two.purged, at: Self.later) { progress in
            // Done again each time.
            guard ["keys", "file"].contains(progress.table) else { throw Interrupted() }
          }
          break
        } catch is Interrupted {
          interruptions += 1
          try #require(interruptions < 100)
          try await checkRefused(fixture.store, two)
        }
      }
      #expect(interruptions > PurgeStep.all.count)
      try await checkPurged(fixture.store, two)
    }
  }

  @Test("where rows of two tenants have moved from page to page, nothing stays behind")
  func interleaved() async throws {
    try await StoreFixture.with(isEncrypted: false) { fixture in
      let two = try await PurgeFixture(in: fixture)
      var generator = SystemRandomNumberGenerator()
      for number in 0..<400 {
        for tenant in [two.purged, PurgeFixture.kept] {
          let size = Int.random(in: 1..<60, using: &generator)
          try await fixture.submit(
            key: "\(number) of \(tenant) \(UInt64.random(in: .min ... .max, using: &generator))",
            spec: Array(String(repeating: "spec of \(tenant) ", count: size).utf8), tenant: tenant)
        }
      }
      let kept = try await PurgeFixture.rows(of: fixture.store, besides: two.purged)
      _ = try await fixture.store.purge(two.purged, at: Self.later) { _ in }
      #expect(try await PurgeFixture.rows(of: fixture.store, besides: two.purged) == kept)
      #expect(try two.found(in: two.canaries.folder, words: two.words) == [])
    }
  }

  @Test("a backup of before says nothing of the tenant, and is refused it from the start")
  func backup() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PurgeFixture(in: fixture)
      let backup = fixture.path + ".backup"
      _ = try StoreBackup.write(from: fixture.path, to: backup)
      _ = try await fixture.store.purge(two.purged, at: Self.later) { _ in }
      try await fixture.store.close()
      for suffix in ["", "-wal", "-shm"] { unlink(fixture.path + suffix) }
      rename(backup, fixture.path)

      let thief = try fixture.open()
      let (job, tenant) = (two.canaries.finished, two.purged)
      #expect(await code { _ = try await thief.job(job.id, of: tenant) } == .encryption)
      #expect(
        await code { _ = try await thief.jobSpecs(of: [job.id], of: tenant, budget: 99) }
          == .encryption)
      #expect(
        await code {
          _ = try await thief.readLog(
            of: two.canaries.running.attempt, of: tenant, from: 0, limit: 99)
        } == .encryption)
      #expect(await code { try await thief.openKeys() } == .encryption)
      #expect(try two.found(in: two.canaries.folder, words: two.canaries.words) == [])

      #expect(try await thief.refuseDestroyed(at: Self.later) == [tenant])
      #expect(try await thief.refuseDestroyed(at: Self.later) == [])
      try await thief.openKeys()
      try await checkRefused(thief, two)
      let result = try await thief.purge(tenant, at: Self.later) { _ in }
      #expect(result?.jobs == 6)
      try await checkPurged(thief, two)
      try await thief.close()
    }
  }

  @Test("another process that has the keys open lets go of them, and takes nothing of the tenant")
  func elsewhere() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PurgeFixture(in: fixture)
      let other = try fixture.open()
      try await other.openKeys()
      #expect(other.keyring?.keys(of: two.purged) != nil)
      _ = try await fixture.store.purge(two.purged, at: Self.later) { _ in }
      try await other.beat(at: Self.later)
      #expect(other.keyring?.keys(of: two.purged) == nil)
      #expect(other.keyring?.keys(of: PurgeFixture.kept) != nil)
      try await checkRefused(other, two)
      try await other.close()
    }
  }

  @Test("whoever goes on writing meanwhile adds nothing to the tenant, and the others go on")
  func racing() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PurgeFixture(in: fixture, jobs: 300)
      let other = StoreFixture(
        path: fixture.path, store: try fixture.open(), master: fixture.master)
      let kept = try await withThrowingTaskGroup(of: Int.self) { group in
        for writer in [fixture, other] {
          group.addTask {
            var taken = 0
            for _ in 0..<200 {
              try await writer.submit(tenant: PurgeFixture.kept)
              taken += 1
            }
            return taken
          }
          group.addTask {
            let (job, worker) = (two.canaries.running, two.canaries.worker)
            for number in 0..<200 {
              // Each is taken or refused; which, depends on who was first.
              _ = try? await writer.submit(key: "late-\(number)")
              _ = try? await writer.makeToken()
              _ = try? await writer.append(
                job.attempt, worker, at: UInt64(number), [UInt8(ascii: "x")])
              _ = try? await writer.store.renewLeases([job.attempt], by: worker, until: Self.later)
              _ = try? await writer.finish(job.attempt, worker)
            }
            return 0
          }
        }
        _ = try await fixture.store.purge(two.purged, at: Self.later) { _ in }
        return try await group.reduce(0, +)
      }
      #expect(kept == 400)
      let left = try await PurgeFixture.everything(in: fixture.store)
      for (table, rows) in left {
        #expect(!rows.contains { $0.contains("'acme'") }, "\(table)")
      }
      #expect(left["job"]?.count == (two.others["job"]?.count ?? 0) + kept)
      for table in ["attempt", "log_chunk", "token", "enrollee", "variable", "certificate"] {
        #expect(left[table] == two.others[table], "\(table)")
      }
      try await checkRefused(fixture.store, two)
      try await other.store.close()
      let findings = StoreDoctor.examine(fixture.path)
      #expect(findings.allSatisfy { $0.status == .ok }, "\(findings)")
    }
  }

  @Test("the database itself refuses a row of the tenant, in every table that has one")
  func guarded() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PurgeFixture(in: fixture)
      let begin = TenantPurge(tenant: two.purged, time: Self.later)
      #expect(try await fixture.store.write { try begin.begin(in: $0) })
      let tables = try await fixture.store.read { database in
        try String.fetchAll(
          database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).filter { table in try database.columns(in: table).contains { $0.name == "tenant" } }
      }
      #expect(
        Set(tables) == Set(PurgeMigration.guarded + ["revocation", "purge_work", "pool_work"]))
      var inserts = PurgeMigration.guarded.filter { $0 != "encryption_work" }.map { table in
        "INSERT INTO \(table) SELECT * FROM \(table) WHERE tenant = 'acme' LIMIT 1"
      }
      inserts.append("INSERT INTO encryption_work VALUES ('acme', 0, 0)")
      inserts.append("INSERT INTO pool_work VALUES ('acme', 'linux', 0, 0, 0, 0, 0, 0, x'')")
      for table in ["attempt", "log_chunk"] {
        let own = """
          SELECT number FROM attempt JOIN job ON job.id = attempt.job WHERE tenant = 'acme'
          """
        let key = table == "attempt" ? "number" : "attempt"
        inserts.append(
          "INSERT INTO \(table) SELECT * FROM \(table) WHERE \(key) IN (\(own)) LIMIT 1")
      }
      inserts.append("UPDATE job SET state = 'running' WHERE tenant = 'acme'")
      inserts.append("UPDATE tenant SET external_id = 'x' WHERE name = 'acme'")
      inserts.append("UPDATE tenant SET purge_began_at = NULL WHERE name = 'acme'")
      for sql in inserts {
        let found = await code { try await fixture.store.write { try $0.execute(sql: sql) } }
        #expect(found == .revoked, "\(sql)")
      }
    }
  }

  @Test("a tenant that there is not cannot be purged")
  func unknown() async throws {
    try await StoreFixture.with { fixture in
      let nobody = TenantName(unchecked: "nobody")
      #expect(
        await code {
          _ = try await fixture.store.purge(nobody, at: fixture.start) { _ in }
        } == .notFound)
      #expect(!FileManager.default.fileExists(atPath: fixture.path + ".keys/nobody"))
    }
  }
}
