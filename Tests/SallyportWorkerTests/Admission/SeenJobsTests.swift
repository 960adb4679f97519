import Foundation
import SallyportCore
import SallyportSigning
import Testing

@testable import SallyportWorker

@Suite struct SeenJobsTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private let now = StatementTime(seconds: 1_800_000_000)

  private func statement(
    _ job: JobID = .random(), runs: Int = 1, expired: Int64 = 0
  ) -> JobStatement {
    var statement = JobStatement(
      job: job, tenant: TenantName(unchecked: "acme"), externalID: "",
      workerPool: PoolName(unchecked: "builders"), notBefore: now,
      expires: StatementTime(seconds: now.seconds - expired), command: ["true"])
    statement.runs = runs
    return statement
  }

  @Test func ofManyClaimsAtOnceAsManySucceedAsThereAreRuns() async throws {
    let job = JobID.random()
    // Each with an object of its own, as of different workers.
    let path = directory.file("seen")
    let succeeded = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 {
        group.addTask {
          let seen = SeenJobs(directory: path)
          return (try? seen.claim(statement(job, runs: 3), now: now)) != nil
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(succeeded == 3)
  }

  @Test func forgetsAJobADayAfterItsExpiryAndNotBefore() throws {
    let (old, young) = (JobID.random(), JobID.random())
    let first = SeenJobs(directory: directory.path)
    _ = try first.claim(statement(old, expired: 86_401), now: now)
    _ = try first.claim(statement(young, expired: 86_399), now: now)
    try "kept".write(toFile: directory.file("note.txt"), atomically: true, encoding: .utf8)
    _ = try SeenJobs(directory: directory.path).claim(statement(), now: now)
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(!names.contains { $0.hasPrefix(old.rawValue) })
    #expect(names.contains { $0.hasPrefix(young.rawValue) })
    #expect(names.contains("note.txt"))
  }

  @Test func aFolderThatCannotBeWrittenLetsNothingRun() throws {
    try "file".write(toFile: directory.file("seen"), atomically: true, encoding: .utf8)
    let seen = SeenJobs(directory: directory.file("seen"))
    let error = #expect(throws: SignedJobError.self) {
      try seen.claim(statement(), now: now)
    }
    #expect(error?.code == .replayed)
  }

  @Test func aRunThatIsGivenBackIsThereAgain() throws {
    let (seen, job) = (SeenJobs(directory: directory.path), statement())
    let claim = try seen.claim(job, now: now)
    #expect(throws: SignedJobError.self) { try seen.claim(job, now: now) }
    seen.withdraw(claim)
    _ = try seen.claim(job, now: now)
  }

  @Test func aRunThatACrashCouldUndoIsNotSecured() throws {
    let seen = SeenJobs(directory: directory.file("seen"))
    _ = try seen.claim(statement(), now: now)
    try seen.secure()
    try FileManager.default.removeItem(atPath: directory.file("seen"))
    let error = #expect(throws: SignedJobError.self) { try seen.secure() }
    #expect(error?.code == .replayed)
  }
}
