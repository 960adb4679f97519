import FoundationEssentials
import SallyportCore
import SallyportStore
import SallyportStoreSQLite
import Testing

@Suite struct StoreBackupTests {
  @Test("a backup that is made while jobs are written is whole, private and a store of its own")
  func online() async throws {
    try await StoreFixture.with { fixture in
      let (job, worker, _) = try await fixture.makeRunningJob()
      _ = try await fixture.append(job.attempt, worker, at: 0, [1, 2, 3])
      let target = fixture.path + ".backup"
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for _ in 0..<200 { try await fixture.submit() } }
        let size = try StoreBackup.write(from: fixture.path, to: target)
        #expect(size > 0)
        try await group.waitForAll()
      }
      let attributes = try FileManager.default.attributesOfItem(atPath: target)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      #expect(StoreDoctor.examine(target).allSatisfy { $0.status == .ok })
      // Keys are no part of a backup: the ones that are there open it.
      let restored = try SQLiteStore(
        path: target, creating: false,
        keyring: fixture.master.map { StoreFixture.keyring(fixture.path, $0) })
      #expect(
        try await restored.job(job.id, of: fixture.tenant)?.logLength == 3)
      #expect(
        try await restored.readLog(of: job.attempt, of: fixture.tenant, from: 0, limit: 9)
          == [1, 2, 3])
      try await restored.close()
      // Nothing is left beside it.
      let folder = URL(filePath: fixture.path).deletingLastPathComponent().path
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names.filter { $0.hasSuffix(".tmp") }.isEmpty, "\(names)")
    }
  }

  @Test("nothing is written over, and no backup is made of nothing")
  func refusals() async throws {
    try await StoreFixture.with { fixture in
      let target = fixture.path + ".backup"
      try Data("mine".utf8).write(to: URL(filePath: target))
      #expect(code { try StoreBackup.write(from: fixture.path, to: target) } == .alreadyExists)
      #expect(try Data(contentsOf: URL(filePath: target)) == Data("mine".utf8))
      let missing = fixture.path + ".not-there"
      #expect(code { try StoreBackup.write(from: missing, to: target + "2") } == .missing)
      #expect(!FileManager.default.fileExists(atPath: missing))
      #expect(!FileManager.default.fileExists(atPath: target + "2"))
    }
  }

  @Test("a copy that does not verify is no backup")
  func damaged() async throws {
    try await StoreFixture.with { fixture in
      let job = try await fixture.submit().job
      try await StoreDoctorTests.execute(
        "UPDATE job SET finished_at = 1 WHERE id = '\(job.id)'", in: fixture)
      let target = fixture.path + ".backup"
      #expect(code { try StoreBackup.write(from: fixture.path, to: target) } == .corrupted)
      #expect(!FileManager.default.fileExists(atPath: target))
    }
  }

  private func code(_ body: () throws -> Int64) -> StoreError.Code? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? StoreError)?.code
    }
  }
}
