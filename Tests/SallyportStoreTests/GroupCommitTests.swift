import Foundation
import GRDB
import SallyportCore
import SallyportStore
import Testing

@testable import SallyportStoreSQLite

@Suite struct GroupCommitTests {
  @Test("writes at the same time share commits, and each gets its own answer")
  func batching() async throws {
    try await StoreFixture.with { fixture in
      let before = fixture.store.writer.batches
      let jobs = try await withThrowingTaskGroup(of: JobID.self) { group in
        for _ in 0..<500 { group.addTask { try await fixture.submit().job.id } }
        return try await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(jobs.count == 500)
      #expect(fixture.store.writer.batches - before < 500)
    }
  }

  @Test("a transaction that throws is undone alone")
  func isolation() async throws {
    struct Failure: Error {}
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<50 {
          group.addTask {
            do {
              try await store.write { database in
                try database.run(
                  "INSERT INTO tenant (name, external_id, created_at) VALUES (?, '', 0)",
                  ["t\(index)"])
                if index.isMultiple(of: 2) { throw Failure() }
              }
              return true
            } catch {
              return false
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } == 25)
      let rows = try await store.read {
        try $0.number("SELECT count(*) FROM tenant WHERE name LIKE 't%'", [])
      }
      #expect(rows == 25)
    }
  }

  @Test("a transaction that throws while no other waits is undone as well")
  func undoneWhereAlone() async throws {
    struct Failure: Error {}
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let insert = "INSERT INTO tenant (name, external_id, created_at) VALUES (?, '', 0)"
      for name in ["first", "second"] {
        await #expect(throws: StoreError.self) {
          try await store.write { database in
            try database.run(insert, ["\(name)-undone"])
            throw Failure()
          }
        }
        try await store.write { try $0.run(insert, ["\(name)-kept"]) }
      }
      let names = try await store.read { database in
        try String.fetchAll(
          database, sql: "SELECT name FROM tenant WHERE name LIKE '%-%' ORDER BY name")
      }
      #expect(names == ["first-kept", "second-kept"])
    }
  }

  @Test("a commit that fails fails every transaction in it, and the writer goes on")
  func commitFailure() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      // A deferred foreign key fails at COMMIT, not before.
      try await store.write { database in
        try database.execute(
          sql: """
            CREATE TABLE parent (id INTEGER PRIMARY KEY);
            CREATE TABLE child (
              id INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED);
            """)
      }
      await #expect(throws: StoreError.self) {
        try await store.write { try $0.run("INSERT INTO child VALUES (1)") }
      }
      try await store.write { try $0.run("INSERT INTO parent VALUES (1)") }
      #expect(try await store.read { try $0.number("SELECT count(*) FROM child", []) } == 0)
      #expect(try await store.read { try $0.number("SELECT count(*) FROM parent", []) } == 1)
    }
  }

  @Test("the file is durable, consistent and private")
  func settings() async throws {
    try await StoreFixture.with { fixture in
      let (journal, synchronous, foreignKeys) = try await fixture.store.write { database in
        (
          try String.fetchOne(database, sql: "PRAGMA journal_mode"),
          try Int.fetchOne(database, sql: "PRAGMA synchronous"),
          try Int.fetchOne(database, sql: "PRAGMA foreign_keys")
        )
      }
      #expect(journal == "wal")
      #expect(synchronous == 2)
      #expect(foreignKeys == 1)
      for suffix in ["", "-wal", "-shm"] {
        let attributes = try FileManager.default.attributesOfItem(atPath: fixture.path + suffix)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      }
    }
  }

  @Test("the queries that run all the time use their indices")
  func indices() async throws {
    try await StoreFixture.with { fixture in
      let jobs = "SELECT \(JobColumn.list) FROM job_view"
      let plans = [
        (
          "job_by_pool",
          "SELECT id FROM job WHERE tenant='a' AND pool='b' AND state='queued' ORDER BY sequence LIMIT 5"
        ),
        ("job_leases", "\(jobs) WHERE state = 'running' AND lease_expires_at <= 5"),
        ("job_offers", "\(jobs) WHERE state = 'offered' AND accept_until <= 5"),
        (
          "job_by_worker",
          "\(jobs) WHERE worker = 'a' AND +tenant = 'b' AND state IN ('offered', 'running')"
        ),
        (
          "job_by_tenant",
          "\(jobs) WHERE tenant = 'a' ORDER BY sequence DESC LIMIT 5"
        ),
      ]
      for (index, query) in plans {
        let details = try await fixture.store.read { database in
          try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + query)
            .map { $0["detail"] as String }
        }
        #expect(details.contains { $0.contains(index) }, "\(query): \(details)")
      }
    }
  }

  @Test("audit numbers have no gaps within a tenant and do not count others'")
  func auditNumbers() async throws {
    try await StoreFixture.with { fixture in
      let other = TenantName(unchecked: "globex")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<100 {
          let tenant = index.isMultiple(of: 3) ? other : fixture.tenant
          group.addTask {
            try await fixture.store.record(
              AuditEntry(tenant: tenant, time: fixture.start, actor: "", action: "x"))
          }
        }
        try await group.waitForAll()
      }
      let records = try await fixture.store.auditRecords(of: other, after: 0, limit: 1_000)
      #expect(records.map(\.sequence) == Array(1...34))
      let rest = try await fixture.store.auditRecords(of: other, after: 30, limit: 2)
      #expect(rest.map(\.sequence) == [31, 32])
    }
  }
}
