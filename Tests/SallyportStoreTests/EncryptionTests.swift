import Foundation
import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption
import Testing

@testable import SallyportStoreSQLite

@Suite struct EncryptionTests {
  @Test("no file of the database, its WAL or a backup holds a word of a tenant's")
  func thief() async throws {
    try await StoreFixture.with { fixture in
      let canaries = try await Canaries(in: fixture)
      _ = try StoreBackup.write(from: fixture.path, to: fixture.path + ".backup")
      #expect(try canaries.found(in: canaries.folder).isEmpty)
      try await fixture.store.close()
      #expect(try canaries.found(in: canaries.folder).isEmpty)
    }
  }

  @Test("no connection keeps what it sorts in a file, also after a purge has used one for its copy")
  func temporaryFiles() async throws {
    try await StoreFixture.with { fixture in
      let inMemory = 2
      let ask = { @Sendable (database: Database) in
        try Int.fetchOne(database, sql: "PRAGMA temp_store")
      }
      for _ in 0..<2 {
        #expect(try await fixture.store.write(ask) == inMemory)
        #expect(try await fixture.store.read(ask) == inMemory)
        #expect(try await ReadOnlyDatabase.open(fixture.path).read(ask) == inMemory)
        try await fixture.store.rewrite()
      }
    }
  }

  @Test("the search finds every word in a plain store")
  func search() async throws {
    try await StoreFixture.with(isEncrypted: false) { fixture in
      let canaries = try await Canaries(in: fixture)
      #expect(try canaries.found(in: canaries.folder) == Set(canaries.words))
    }
  }

  @Test("who has the keys reads all of it, also after a restart")
  func reopened() async throws {
    try await StoreFixture.with { fixture in
      let canaries = try await Canaries(in: fixture)
      let before = try await canaries.answers(of: fixture.store)
      for word in canaries.words
      where word != Canaries.word("idempotency") && word != Canaries.word("chain") {
        #expect(before.contains(word), "\(word)")
      }
      let reopened = try await fixture.reopened()
      #expect(try await canaries.answers(of: reopened.store) == before)
      let again = try await reopened.submit(
        key: Canaries.word("idempotency") + "0", spec: Array(Canaries.word("spec").utf8),
        scheduling: Scheduling(selector: [
          Canaries.word("label-key"): Canaries.word("label-value")
        ]))
      #expect(!again.isNew)
      try await reopened.store.close()
    }
  }

  @Test("a store is not opened plain, by another master key, or without its tenants' keys")
  func refusals() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.store.close()
      func code(_ body: () async throws -> Void) async -> StoreError.Code? {
        do {
          try await body()
          return nil
        } catch {
          return (error as? StoreError)?.code
        }
      }
      #expect(
        await code { _ = try SQLiteStore(path: fixture.path, creating: false) } == .encryption)
      let other = try StoreFixture.open(
        fixture.path, creating: false, StoreFixture.masterKey())
      #expect(await code { try await other.openKeys() } == .encryption)
      #expect(await code { _ = try await other.tenant(fixture.tenant) } == .encryption)
      try await other.close()
      let keys = "\(fixture.path).keys/\(fixture.tenant)"
      try FileManager.default.moveItem(atPath: keys, toPath: keys + "-away")
      let without = try fixture.open()
      #expect(await code { try await without.openKeys() } == .encryption)
      // A key that is lost is not replaced by one of no use.
      let tenant = Tenant(name: fixture.tenant, externalID: "x", createdAt: fixture.start)
      #expect(
        await code { try await without.createTenant(tenant, audit: fixture.audit()) } != nil)
      #expect(!FileManager.default.fileExists(atPath: keys))
      try FileManager.default.moveItem(atPath: keys + "-away", toPath: keys)
      try await without.openKeys()
      try await without.close()
    }
  }

  @Test("a value that was put where another belongs is not believed")
  func swapped() async throws {
    try await StoreFixture.with { fixture in
      let canaries = try await Canaries(in: fixture)
      try await fixture.store.write { database in
        try database.execute(
          sql: "UPDATE job_spec SET spec = (SELECT spec FROM job_spec ORDER BY job DESC LIMIT 1)")
      }
      await #expect {
        _ = try await fixture.store.jobSpecs(
          of: [canaries.finished.id], of: fixture.tenant, budget: 1 << 20)
      } throws: {
        ($0 as? StoreError)?.code == .corrupted
      }
      #expect(fixture.store.health == .ok)
    }
  }

  @Test("keys of a tenant that another process has made are opened when they are needed")
  func newTenant() async throws {
    try await StoreFixture.with { fixture in
      let other = try fixture.open()
      let tenant = Tenant(name: Canaries.tenant, externalID: "secret", createdAt: fixture.start)
      try await other.createTenant(tenant, audit: fixture.audit())
      #expect(try await fixture.store.tenant(Canaries.tenant)?.externalID == "secret")
      try await other.close()
    }
  }

  @Test("of a tenant that there is not, the audit log says that something was, and not what")
  func unknownTenant() async throws {
    try await StoreFixture.with { fixture in
      try await fixture.store.record(
        AuditEntry(
          tenant: Canaries.tenant, time: fixture.start, actor: "", action: "x", object: "object",
          detail: "detail"))
      let records = try await fixture.store.auditRecords(of: Canaries.tenant, after: 0, limit: 9)
      #expect(records.map(\.entry.action) == ["x"])
      #expect(records.map(\.entry.detail) == [""])
    }
  }
}
