import GRDB
import SallyportCore
import SallyportStore
import Testing

@testable import SallyportStoreSQLite

@Suite struct MigrationTests {
  @Test("a store of the version before scheduling is migrated, with its jobs")
  func beforeScheduling() async throws {
    try await StoreFixture.with(isEncrypted: false) { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      let store = fixture.store
      try await store.close()
      // The same jobs, in a store as that version would have left it.
      let older = fixture.path + ".older"
      let queue = try DatabaseQueue(path: older)
      try SchemaMigrations.migrator.migrate(queue, upTo: AttemptMigration.name)
      try await queue.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA foreign_keys = OFF")
        try database.execute(sql: "ATTACH DATABASE ? AS new", arguments: [fixture.path])
        for table in ["tenant", "pool", "token", "enrollee", "job", "job_spec", "attempt"] {
          let columns = try database.columns(in: table).map(\.name).joined(separator: ", ")
          try database.execute(
            sql: "INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM new.\(table)")
        }
      }
      try queue.close()
      let migrated = try SQLiteStore(path: older, creating: false)
      #expect(try await migrated.job(job.id, of: fixture.tenant)?.state == .running)
      let finished = try await migrated.finishAttempt(
        AttemptResult(
          attempt: job.attempt, state: .succeeded, exitCode: 0, signal: nil, reason: "",
          commit: "", completeLogLength: 0, time: fixture.start),
        by: worker, audit: fixture.audit())
      guard case .recorded = finished else {
        Issue.record("\(finished)")
        return
      }
      try await migrated.close()
      #expect(StoreDoctor.examine(older).allSatisfy { $0.status == .ok })
    }
  }
}
