import Foundation
import SallyportCore
import SallyportProtos
import Testing

@testable import SallyportWorker

/// What a worker does about a predecessor that was killed.
@Suite(.timeLimit(.minutes(1)))
struct WorkerRecoveryTests {
  private let attempt = AttemptID(job: .random(), epoch: 4)

  /// A state directory as a killed worker leaves it: one attempt in the middle of its command.
  private func abandoned(
    _ directory: TemporaryDirectory, supervisor: ProcessIdentity
  ) async throws {
    for name in ["spool", "workspaces"] {
      try FileManager.default.createDirectory(
        atPath: directory.file(name), withIntermediateDirectories: true)
    }
    let journal = try ResultJournal(directory: directory.path)
    try await journal.record(.started(attempt, at: 1_000_000))
    try await journal.record(.supervised(attempt, supervisor, boot: BootID.current))
    let spool = try LogSpool.create("\(directory.path)/spool/\(attempt.fileName).log")
    try spool.append(Array("half\n".utf8), to: .stdout, at: 5)
    let workspace = try Workspace.create(attempt, in: directory.file("workspaces"))
    try "x".write(
      toFile: "\(workspace.checkout)/file", atomically: false, encoding: .utf8)
    // A record that was being written when the machine stopped.
    let file = try FileHandle(forWritingTo: URL(filePath: directory.file("journal")))
    try file.seekToEnd()
    try file.write(contentsOf: [9, 0, 0, 0, 1])
  }

  /// The same, whose command runs still.
  private func abandonedJob(_ directory: TemporaryDirectory) async throws -> RunningJob {
    let job = try RunningJob.start(
      ["sh", "-c", "echo ready; exec sleep 1000"],
      environment: [
        "PATH": "/usr/bin:/bin", "SALLYPORT_JOB_ID": attempt.job.rawValue, "SALLYPORT_EPOCH": "4",
      ])
    try await job.waitForLine("ready")
    try await abandoned(directory, supervisor: job.process.supervisor)
    return job
  }

  @Test func whatRanIsKilledReportedLostAndCleanedUp() async throws {
    let directory = try TemporaryDirectory()
    let job = try RunningJob.start(
      [
        "sh", "-c",
        "setsid --fork sh -c 'echo $$ >> pids; while :; do sleep 1000; done';"
          + "while [ ! -s pids ]; do sleep 0.01; done; echo ready; sleep 1000",
      ],
      environment: [
        "PATH": "/usr/bin:/bin", "SALLYPORT_JOB_ID": attempt.job.rawValue, "SALLYPORT_EPOCH": "4",
      ])
    try await job.waitForLine("ready")
    let daemon = try #require(
      Int32(
        String(contentsOfFile: job.directory.file("pids"), encoding: .utf8)
          .trimmingCharacters(in: .whitespacesAndNewlines)))
    try await abandoned(directory, supervisor: job.process.supervisor)

    try await RunningWorker.with(directory: directory) { running in
      let gateway = running.gateway
      let request = try await gateway.next { event in
        if case .finish(let request) = event { request } else { nil }
      }
      #expect(request.attempt == attempt.message)
      #expect(request.outcome == .lost && request.reason == "the worker was restarted")
      #expect(request.logIncomplete && request.logIncompleteReason.contains("restarted"))
      #expect(try gateway.text(of: attempt) == "half\n")
      #expect(try gateway.text(of: attempt, .system).contains("restarted"))
    }
    #expect(ProcessStatus(of: daemon)?.isZombie ?? true)
    _ = await job.process.ended()
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.file("workspaces")).isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.file("spool")).isEmpty)
  }

  /// The names of the logs say which attempts there were, and the jobs' environments whose processes
  /// are left.
  @Test func aDestroyedJournalCostsNoAttemptItsEnd() async throws {
    let directory = try TemporaryDirectory()
    let job = try await abandonedJob(directory)
    try Data(repeating: 0x55, count: 300).write(to: URL(filePath: directory.file("journal")))
    let other = AttemptID(job: .random(), epoch: 1)
    try await RunningWorker.with(directory: directory) { running in
      let gateway = running.gateway
      let request = try await gateway.next { if case .finish(let end) = $0 { end } else { nil } }
      #expect(request.attempt == attempt.message && request.outcome == .lost)
      #expect(request.logIncomplete)
      #expect(try gateway.text(of: attempt) == "half\n")
      gateway.offer(other) { $0.command = ["true"] }
      let next = try await gateway.next { if case .finish(let end) = $0 { end } else { nil } }
      #expect(next.attempt == other.message && next.outcome == .succeeded)
    }
    guard case .ended(.signalled(SIGKILL), _) = await job.process.ended().cause else {
      Issue.record("the job was not killed")
      return
    }
    #expect(FileManager.default.fileExists(atPath: directory.file("journal.damaged")))
  }

  @Test func aLogThatCannotBeReadCostsNoAttemptItsEnd() async throws {
    let directory = try TemporaryDirectory()
    let job = try await abandonedJob(directory)
    // As a job of the same user could have done.
    let log = directory.file("spool/\(attempt.fileName).log")
    try FileManager.default.removeItem(atPath: log)
    try FileManager.default.createSymbolicLink(atPath: log, withDestinationPath: "/etc/hostname")
    try await RunningWorker.with(directory: directory) { running in
      let request = try await running.gateway.next { event in
        if case .finish(let request) = event { request } else { nil }
      }
      #expect(request.attempt == attempt.message && request.outcome == .lost)
      #expect(request.logIncomplete)
    }
    guard case .ended(.signalled(SIGKILL), _) = await job.process.ended().cause else {
      Issue.record("the job was not killed")
      return
    }
  }

  @Test func aProcessIDThatWasReusedIsLeftAlone() async throws {
    let directory = try TemporaryDirectory()
    let bystander = try RunningJob.shell("echo ready; sleep 1000")
    try await bystander.waitForLine("ready")
    let pid = bystander.process.supervisor.pid
    try await abandoned(directory, supervisor: ProcessIdentity(pid: pid, startTime: 1))
    try await RunningWorker.with(directory: directory) { running in
      try await running.gateway.next { event in
        if case .finish = event { () } else { nil }
      }
    }
    #expect(bystander.process.endingSoFar == nil)
    bystander.process.stop(.cancelled, grace: .zero)
    _ = await bystander.process.ended()
  }

  @Test func spoolsThatNoAttemptOwnsAreRemoved() async throws {
    let directory = try TemporaryDirectory()
    try FileManager.default.createDirectory(
      atPath: directory.file("spool"), withIntermediateDirectories: true)
    try "x".write(
      toFile: directory.file("spool/\(attempt.fileName).log"), atomically: false, encoding: .utf8)
    try await RunningWorker.with(directory: directory) { _ in }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.file("spool")).isEmpty)
  }
}
