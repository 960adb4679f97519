import GRDB
import SallyportCore
import SallyportStore
import SallyportStoreEncryption
import Testing

@testable import SallyportStoreSQLite

/// Audit records that do not open: somebody has moved or changed them.
@Suite struct PoolPurgeDamageTests {
  private struct Stored: Hashable {
    let actor: String
    let object: String
    let detail: String
  }

  @Test("a purge goes on past audit records that do not open, and says which they are")
  func damagedRecords() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PoolPurgeFixture(in: fixture)
      func first(_ action: String, where isIt: (AuditEntry) -> Bool) throws -> Int64 {
        let record = two.audit.first { $0.entry.action == action && isIt($0.entry) }
        return Int64(try #require(record).sequence)
      }
      // Whose words alone say that it is about the pool; of another pool; of a member.
      let moved = try first("job.submit") { $0.detail == "pool linux" }
      let other = try first("job.submit") { $0.detail == "pool mac" }
      let member = try first("attempt.finish") { $0.actor.contains("/pool/linux/") }
      try await fixture.store.write { database in
        try database.execute(
          sql: """
            UPDATE audit SET object = 'AAAA', detail = (SELECT detail FROM audit
              WHERE tenant = 'acme' AND sequence = \(other))
            WHERE tenant = 'acme' AND sequence = \(moved);
            UPDATE audit SET object = 'not Base64' WHERE tenant = 'acme' AND sequence = \(other);
            UPDATE audit SET detail = substr(detail, 5)
            WHERE tenant = 'acme' AND sequence = \(member);
            """)
      }
      let before = try await stored(fixture.store)
      _ = try await two.revoke(isPurge: true)
      var broken: [Int64] = []
      try await two.runToEnd { broken += $0.brokenAuditRecords }
      #expect(broken == [moved, other, member].sorted())
      #expect(try await PoolPurgeFixture.left(fixture.store) == [:])

      let after = try await stored(fixture.store)
      #expect(after[moved] == before[moved] && after[other] == before[other])
      #expect(after[member] == Stored(actor: "", object: "", detail: ""))
      var chain = RecordChain()
      var taken = 0
      for record in two.audit {
        let sequence = Int64(record.sequence)
        guard let was = before[sequence], after[sequence] != was else { continue }
        taken += 1
        let entry = record.entry
        chain.add(
          [
            "\(sequence)", "\(entry.time.milliseconds)", entry.actor, entry.action,
            entry.decision.rawValue, entry.object, sequence == member ? was.detail : entry.detail,
          ].map { Array($0.utf8) })
      }
      let left = [moved, other].sorted()
      #expect(
        try await told(fixture.store) == [
          "1 audit records do not open, and are in the digest as they were stored: \(member)",
          "2 audit records do not open, and stay as they are: \(left[0]), \(left[1])",
          "5 jobs removed, and the words of \(taken) audit records, SHA-256 of the records \(chain)",
        ])
    }
  }

  @Test("a key that is not there holds a purge up: with it, the records can be read again")
  func missingKey() async throws {
    try await StoreFixture.with { fixture in
      let two = try await PoolPurgeFixture(in: fixture)
      try await fixture.store.write { database in
        // Behind the version is the number of the key, 1: now it is 1025.
        try database.execute(
          sql: """
            UPDATE audit SET detail = 'AQAAB' || substr(detail, 6)
            WHERE tenant = 'acme' AND detail LIKE 'AQAAA%'
            """)
        #expect(database.changesCount > 10)
      }
      _ = try await two.revoke(isPurge: true)
      await #expect {
        try await two.runToEnd()
      } throws: {
        ($0 as? StoreError)?.code == .encryption
      }
      #expect(try await fixture.store.poolWork().map(\.table) == ["audit"])
    }
  }

  private func stored(_ store: SQLiteStore) async throws -> [Int64: Stored] {
    try await store.read { database in
      let rows = try database.rows(
        "SELECT sequence, actor, object, detail FROM audit WHERE tenant = 'acme'", [])
      var stored: [Int64: Stored] = [:]
      for row in rows {
        stored[try row.value("sequence")] = Stored(
          actor: try row.value("actor"), object: try row.value("object"),
          detail: try row.value("detail"))
      }
      return stored
    }
  }

  /// What the tenant's log says of the purge.
  private func told(_ store: SQLiteStore) async throws -> [String] {
    try await store.read { database in
      try String.fetchAll(
        database,
        sql: """
          SELECT opened(tenant, 'audit.detail', detail, sequence) FROM audit
          WHERE tenant = 'acme' AND action = 'pool.purge' ORDER BY sequence
          """)
    }
  }
}
