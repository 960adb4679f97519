import Foundation
import SallyportCore
import SallyportSigning
import Testing

@testable import SallyportWorker

@Suite struct SeenJobsTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private let now = StatementTime(seconds: 1_800_000_000)

  @Test func ofManyClaimsAtOnceAsManySucceedAsThereAreRuns() async throws {
    let job = JobID.random()
    // Each with an object of its own, as of different workers.
    let path = directory.file("seen")
    let succeeded = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 {
        group.addTask {
          let seen = SeenJobs(directory: path)
          return (try? seen.claim(job, runs: 3, until: now, now: now)) != nil
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(succeeded == 3)
  }

  @Test func forgetsAJobADayAfterItsExpiryAndNotBefore() throws {
    let (old, young) = (JobID.random(), JobID.random())
    let first = SeenJobs(directory: directory.path)
    try first.claim(old, runs: 1, until: StatementTime(seconds: now.seconds - 86_401), now: now)
    try first.claim(young, runs: 1, until: StatementTime(seconds: now.seconds - 86_399), now: now)
    try "kept".write(toFile: directory.file("note.txt"), atomically: true, encoding: .utf8)
    try SeenJobs(directory: directory.path).claim(.random(), runs: 1, until: now, now: now)
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(!names.contains { $0.hasPrefix(old.rawValue) })
    #expect(names.contains { $0.hasPrefix(young.rawValue) })
    #expect(names.contains("note.txt"))
  }

  @Test func aFolderThatCannotBeWrittenLetsNothingRun() throws {
    try "file".write(toFile: directory.file("seen"), atomically: true, encoding: .utf8)
    let seen = SeenJobs(directory: directory.file("seen"))
    let error = #expect(throws: SignedJobError.self) {
      try seen.claim(.random(), runs: 1, until: now, now: now)
    }
    #expect(error?.code == .replayed)
  }
}
