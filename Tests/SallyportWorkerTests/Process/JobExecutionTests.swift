import Foundation
import SallyportCore
import SallyportProtos
import Synchronization
import Testing

@testable import SallyportWorker

/// Real processes under a real supervisor.
@Suite(.timeLimit(.minutes(2)))
struct JobExecutionTests {
  @Test(arguments: [0, 1, 42, 255] as [Int32])
  func exitCodesAreExact(code: Int32) async throws {
    let job = try RunningJob.shell("exit \(code)")
    #expect(
      await job.process.ended().cause == .ended(status: .exited(code: code), stopped: nil))
  }

  @Test(arguments: [SIGKILL, SIGTERM, SIGSEGV, SIGABRT, SIGUSR1])
  func signalsAreExact(signal: Int32) async throws {
    let job = try RunningJob.shell("kill -\(signal) $$")
    #expect(await job.process.ended().cause == .ended(status: .signalled(signal), stopped: nil))
  }

  @Test func argumentsReachTheCommandUnchanged() async throws {
    let arguments = ["a b", "", "$HOME", "`id`", "*", "line\nbreak", "quo'te\"", "ünï"]
    let job = try RunningJob.start(["printf", "%s\\0"] + arguments)
    _ = await job.process.ended()
    #expect(try job.text() == arguments.map { "\($0)\0" }.joined())
  }

  @Test func theEnvironmentIsTheJobsAndNothingElse() async throws {
    setenv("SALLYPORT_TEST_CANARY", "must not be seen", 1)
    let environment = ["PATH": "/usr/bin:/bin", "A": "1", "B": "x=y\nz", "EMPTY": ""]
    let job = try RunningJob.start(["env", "-0"], environment: environment)
    _ = await job.process.ended()
    let seen = Set(try job.text().split(separator: "\0").map(String.init))
    #expect(seen == Set(environment.map { "\($0)=\($1)" }))
  }

  @Test func theCommandIsLookedUpInTheJobsPath() async throws {
    let directory = try TemporaryDirectory()
    try "#!/bin/sh\necho mine\n".write(
      toFile: directory.file("ls"), atomically: true, encoding: .utf8)
    chmod(directory.file("ls"), 0o755)
    let job = try RunningJob.start(["ls"], environment: ["PATH": "\(directory.path):/bin"])
    _ = await job.process.ended()
    #expect(try job.text() == "mine\n")
  }

  @Test func aMissingCommandIsSaidPlainly() async throws {
    let job = try RunningJob.start(["no-such-command"])
    let ending = await job.process.ended()
    guard case .notStarted(let error) = ending.cause else {
      Issue.record("\(ending)")
      return
    }
    #expect("\(error)" == "cannot run 'no-such-command': No such file or directory")
  }

  @Test func whatIsNoProgramIsSaidPlainly() async throws {
    let directory = try TemporaryDirectory()
    try "data".write(toFile: directory.file("data"), atomically: true, encoding: .utf8)
    let job = try RunningJob.start([directory.file("data")])
    guard case .notStarted(let error) = await job.process.ended().cause else {
      Issue.record("it ran")
      return
    }
    #expect(error.number == EACCES)
  }

  @Test func tooLargeAnArgumentListFailsTheJobOnly() async throws {
    let job = try RunningJob.start(["true", String(repeating: "x", count: 2 << 20)])
    guard case .notStarted(let error) = await job.process.ended().cause else {
      Issue.record("it ran")
      return
    }
    #expect(error.number == E2BIG)
  }

  @Test func onlyThreeDescriptorsAreOpen() async throws {
    // `ls` itself holds one descriptor: the directory that it reads.
    let job = try RunningJob.shell("ls /proc/$$/fd; readlink /proc/$$/fd/0")
    _ = await job.process.ended()
    #expect(try job.text() == "0\n1\n2\n/dev/null\n")
  }

  @Test func theJobHasASessionOfItsOwnAndNoPrivilegesToGain() async throws {
    let job = try RunningJob.shell(
      "echo $$; cut -d' ' -f5,6 /proc/$$/stat; grep NoNewPrivs /proc/$$/status; ulimit -c")
    _ = await job.process.ended()
    let lines = try job.text().split(separator: "\n").map(String.init)
    try #require(lines.count == 4)
    #expect(lines[1] == "\(lines[0]) \(lines[0])")
    #expect(lines[2] == "NoNewPrivs:\t1")
    #expect(lines[3] == "0")
  }

  @Test func theWorkingDirectoryIsTheOneAsked() async throws {
    let job = try RunningJob.start(["pwd"])
    _ = await job.process.ended()
    #expect(try job.text() == "\(job.directory.path)\n")
  }

  @Test func streamsAreToldApartAndKeepTheirOrder() async throws {
    let job = try RunningJob.shell("echo out; echo err >&2")
    _ = await job.process.ended()
    #expect(try job.text(.stdout) == "out\n")
    #expect(try job.text(.stderr) == "err\n")
  }

  @Test func largeOutputOfBothStreamsIsWhole() async throws {
    let job = try RunningJob.shell(
      "head -c 20000000 /dev/zero | tr '\\0' o & head -c 10000000 /dev/zero | tr '\\0' e >&2; wait")
    let ending = await job.process.ended()
    #expect(ending.logFailure == nil)
    #expect(try job.output(.stdout) == [UInt8](repeating: UInt8(ascii: "o"), count: 20_000_000))
    #expect(try job.output(.stderr) == [UInt8](repeating: UInt8(ascii: "e"), count: 10_000_000))
  }

  @Test func entriesAreInTheOrderOfReadingWithRisingTimes() async throws {
    let job = try RunningJob.shell("seq 1 20000; seq 1 20000 >&2")
    _ = await job.process.ended()
    let numbers = (1...20_000).map { "\($0)\n" }.joined()
    #expect(try job.text(.stdout) == numbers)
    #expect(try job.text(.stderr) == numbers)
    let times = try job.entries().map(\.timestamp)
    #expect(times == times.sorted())
  }

  @Test func outputThatNobodyTakesStopsTheJobInsteadOfBeingCut() async throws {
    var limits = LogSpoolLimits()
    limits.maximumUnacknowledged = 256 << 10
    let job = try RunningJob.shell(
      "head -c 4000000 /dev/zero; echo; echo done >&2", limits: limits)
    while job.spool.hasRoom { try await job.spool.growth.wait() }
    // The pipe is full and the command waits; each acknowledgement lets it go on a little.
    #expect(job.spool.length < 1 << 20)
    while job.process.endingSoFar == nil {
      job.spool.acknowledge(upTo: job.spool.length)
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(try job.output(.stdout).count == 4_000_001)
    #expect(try job.text(.stderr) == "done\n")
  }

  @Test func aFullDiskPausesTheJobUntilThereIsRoom() async throws {
    let isFull = Mutex(false)
    let paused = Latch<SystemError>()
    let job = try RunningJob.start(
      ["sh", "-c", "echo ready; read go < fifo; seq 1 100000; echo end"],
      diskIsFull: { isFull.withLock { $0 } }, onDiskFull: { paused.set($0) })
    let fifo = job.directory.file("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    try await job.waitForLine("ready")
    isFull.withLock { $0 = true }
    try "go\n".write(toFile: fifo, atomically: false, encoding: .utf8)
    #expect(try await paused.wait().number == ENOSPC)
    #expect(job.process.endingSoFar == nil)
    isFull.withLock { $0 = false }
    let ending = await job.process.ended()
    #expect(ending.cause == .ended(status: .exited(code: 0), stopped: nil))
    #expect(ending.logFailure == nil)
    #expect(try job.text() == "ready\n" + (1...100_000).map { "\($0)\n" }.joined() + "end\n")
  }

  @Test func aDiskThatStaysFullEndsTheJobWithTheReason() async throws {
    var limits = LogSpoolLimits()
    limits.fullDiskPatience = .milliseconds(300)
    let job = try RunningJob.start(
      ["sh", "-c", "yes"], limits: limits, diskIsFull: { true })
    let ending = await job.process.ended()
    guard case .ended(_, stopped: .logFailed) = ending.cause else {
      Issue.record("\(ending)")
      return
    }
    var result = AttemptResult()
    result.apply(ending, stop: nil, timeout: .zero)
    #expect(result.outcome == .failed)
    #expect(result.logIncompleteReason?.contains("No space left") == true)
    #expect(result.reason.contains("No space left"))
  }

  @Test func aLogBeyondItsBoundEndsTheJob() async throws {
    var limits = LogSpoolLimits()
    limits.maximumLength = 1 << 20
    let job = try RunningJob.shell("yes", limits: limits)
    let ending = await job.process.ended()
    #expect(ending.logFailure?.number == EFBIG)
    guard case .ended(_, stopped: .logFailed) = ending.cause else {
      Issue.record("\(ending)")
      return
    }
    #expect(job.spool.length <= 1 << 20)
  }
}
