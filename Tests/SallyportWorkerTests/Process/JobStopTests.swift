import Foundation
import SallyportCore
import Testing

@testable import SallyportWorker

/// Ways in which a job is stopped, and that nothing of it is left.
@Suite(.timeLimit(.minutes(2)))
struct JobStopTests {
  /// Ignores SIGTERM, leaves a daemon by double fork and `setsid` that does the same, and says the
  /// daemon's process id.
  static let stubborn = """
    trap '' TERM
    setsid sh -c 'trap "" TERM; (trap "" TERM; exec 1>&- 2>&-; while :; do sleep 1000; done) & \
    echo $! >> pids; exit 0'
    env -i setsid --fork sh -c 'echo $$ >> pids; trap "" TERM; while :; do sleep 1000; done'
    while [ "$(wc -l < pids)" -lt 2 ]; do sleep 0.01; done
    echo ready
    while :; do sleep 1000; done
    """

  private func pids(of job: RunningJob) throws -> [Int32] {
    try String(contentsOfFile: job.directory.file("pids"), encoding: .utf8)
      .split(separator: "\n").compactMap { Int32($0) }
  }

  private func expectGone(_ pids: [Int32]) {
    #expect(!pids.isEmpty)
    for pid in pids { #expect(ProcessStatus(of: pid) == nil, "\(pid) is still there") }
  }

  @Test func aTimeoutTerminatesThenKills() async throws {
    let job = try RunningJob.shell(
      "trap 'echo caught' TERM; echo ready; while :; do sleep 0.05; done",
      timeout: .seconds(2), grace: .milliseconds(300))
    let ending = await job.process.ended()
    #expect(ending.cause == .ended(status: .signalled(SIGKILL), stopped: .timedOut))
    #expect(try job.text().contains("caught"))
  }

  @Test func aCommandThatEndsOnSIGTERMIsStillTimedOut() async throws {
    let job = try RunningJob.shell(
      "trap 'exit 3' TERM; while :; do sleep 0.05; done", timeout: .seconds(2))
    #expect(
      await job.process.ended().cause == .ended(status: .exited(code: 3), stopped: .timedOut))
  }

  /// By SIGTERM, long before the grace is over; EndToEndTests measures how long it takes.
  @Test func cancelReachesTheWholeGroup() async throws {
    let job = try RunningJob.shell(
      "sh -c 'trap \"echo child; exit\" TERM; echo ready; while :; do sleep 0.05; done' & wait")
    try await job.waitForLine("ready")
    job.process.stop(.cancelled, grace: .seconds(60))
    let ending = await job.process.ended()
    #expect(ending.cause == .ended(status: .signalled(SIGTERM), stopped: .cancelled))
  }

  @Test func aJobThatIgnoresSIGTERMAndDaemonisesLeavesNothing() async throws {
    let job = try RunningJob.shell(Self.stubborn)
    try await job.waitForLine("ready")
    let daemons = try pids(of: job)
    #expect(daemons.count == 2)
    job.process.stop(.cancelled, grace: .milliseconds(100))
    let ending = await job.process.ended()
    #expect(ending.survivors == 0)
    #expect(ending.cause == .ended(status: .signalled(SIGKILL), stopped: .cancelled))
    expectGone(daemons)
  }

  @Test func whatAnOrdinaryEndLeavesBehindIsKilled() async throws {
    let job = try RunningJob.shell(
      "setsid --fork sh -c 'echo $$ >> pids; exec sleep 1000'; (sleep 1000 & echo $! >> pids)"
        + "; while [ $(wc -l < pids) -lt 2 ]; do sleep 0.01; done; exit 7")
    let ending = await job.process.ended()
    #expect(ending.cause == .ended(status: .exited(code: 7), stopped: nil))
    expectGone(try pids(of: job))
  }

  @Test func aForkBombIsContained() async throws {
    // Each child makes the next and ends: the process id changes faster than /proc can be read.
    let job = try RunningJob.shell(
      "echo ready; f() { f & exit; }; f", timeout: .milliseconds(500), grace: .zero)
    let ending = await job.process.ended()
    #expect(ending.survivors == 0)
  }

  @Test func thousandsOfZombiesAreReaped() async throws {
    let job = try RunningJob.shell(
      "i=0; while [ $i -lt 2000 ]; do (sh -c 'exit 0' &); i=$((i+1)); done; echo done")
    let ending = await job.process.ended()
    #expect(ending.cause == .ended(status: .exited(code: 0), stopped: nil))
    #expect(try job.text() == "done\n")
  }

  @Test func aLeaseThatIsNotRenewedKillsAtOnce() async throws {
    let job = try RunningJob.shell(
      "trap '' TERM; sleep 1000", fence: BootInstant.now().advanced(by: .seconds(2)))
    let ending = await job.process.ended()
    #expect(ending.cause == .ended(status: .signalled(SIGKILL), stopped: .fenced))
  }

  @Test func aRenewalMovesTheFence() async throws {
    let job = try RunningJob.shell(
      "sleep 3", fence: BootInstant.now().advanced(by: .seconds(2)))
    job.process.fence(at: RunningJob.far)
    #expect(
      await job.process.ended().cause == .ended(status: .exited(code: 0), stopped: nil))
  }

  @Test func aSupervisorThatIsAbandonedEnds() async throws {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"))
    let (process, outputs) = try SupervisedJob.spawn(executable: WorkerExecutable.path)
    process.stop(.cancelled, grace: .zero)
    process.abandon()
    #expect(!process.supervisor.exists)
    withExtendedLifetime((outputs, spool)) {}
  }

  @Test func killingTheSupervisorKillsTheCommand() async throws {
    let job = try RunningJob.shell("echo ready; exec sleep 1000")
    try await job.waitForLine("ready")
    let command = try await job.process.command.wait()
    kill(job.process.supervisor.pid, SIGKILL)
    let ending = await job.process.ended()
    #expect(ending.cause == .supervisorLost(stopped: nil))
    while command.exists, let status = ProcessStatus(of: command.pid), !status.isZombie {
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  @Test func theHuntFindsWhatALostSupervisorLeft() async throws {
    let attempt = AttemptID(job: .random(), epoch: 3)
    let job = try RunningJob.start(
      [
        "sh", "-c",
        "setsid --fork sh -c 'echo $$ >> pids; while :; do sleep 1000; done';"
          + "while [ ! -s pids ]; do sleep 0.01; done; echo ready; sleep 1000",
      ],
      environment: [
        "PATH": "/usr/bin:/bin", "SALLYPORT_JOB_ID": attempt.job.rawValue, "SALLYPORT_EPOCH": "3",
      ])
    try await job.waitForLine("ready")
    let left = try pids(of: job)
    kill(job.process.supervisor.pid, SIGKILL)
    _ = await job.process.ended()
    #expect(OrphanHunt(attempt: AttemptID(job: attempt.job, epoch: 4), supervisor: nil).run() == 0)
    #expect(ProcessStatus(of: left[0]) != nil, "another epoch's processes are left alone")
    #expect(OrphanHunt(attempt: attempt, supervisor: nil).run() == 0)
    for pid in left { #expect(ProcessStatus(of: pid)?.isZombie ?? true) }
  }

  // MARK: - Jobs that stop their supervisor (SIGSTOP)

  private static let stopsItsSupervisor =
    "setsid --fork sh -c 'echo $$ >> pids; exec sleep 1000'; while [ ! -s pids ]; do sleep 0.01; "
    + "done; kill -STOP $PPID; echo ready; while :; do sleep 1000; done"

  @Test func aJobThatStopsItsSupervisorIsCancelledAllTheSame() async throws {
    let job = try RunningJob.shell(Self.stopsItsSupervisor)
    try await job.waitForLine("ready")
    job.process.stop(.cancelled, grace: .zero)
    let ending = await job.process.ended()
    #expect(ending.cause == .supervisorLost(stopped: .cancelled))
    #expect(!job.process.supervisor.exists)
  }

  @Test func aJobThatStopsItsSupervisorTimesOutAllTheSame() async throws {
    let job = try RunningJob.shell(Self.stopsItsSupervisor, timeout: .seconds(1), grace: .zero)
    let ending = await job.process.ended()
    #expect(ending.cause == .supervisorLost(stopped: .timedOut))
  }

  @Test func aJobThatStopsItsSupervisorIsFencedAllTheSame() async throws {
    let job = try RunningJob.shell(
      Self.stopsItsSupervisor, fence: BootInstant.now().advanced(by: .seconds(1)))
    let ending = await job.process.ended()
    #expect(ending.cause == .supervisorLost(stopped: .fenced))
  }

  /// What it is to launch is more than a socket holds, so that whoever sends it waits.
  @Test func aSupervisorThatIsStoppedBeforeItsLaunchIsFencedAllTheSame() async throws {
    let job = try RunningJob.start(
      ["true"], environment: ["LARGE": String(repeating: "x", count: 4 << 20)],
      fence: BootInstant.now().advanced(by: .seconds(1))
    ) { kill($0.supervisor.pid, SIGSTOP) }
    #expect(await job.process.ended().cause == .supervisorLost(stopped: .fenced))
    #expect(!job.process.supervisor.exists)
  }

  /// More than the socket holds while the supervisor does not read.
  @Test func renewalsBeforeTheLaunchWaitForRoom() async throws {
    let job = try RunningJob.shell("true") { process in
      for _ in 0..<2_000 { process.fence(at: RunningJob.far) }
      kill(process.supervisor.pid, SIGSTOP)
    }
    // Until the socket is full, or all has been sent that will be.
    try await Task.sleep(for: .milliseconds(200))
    kill(job.process.supervisor.pid, SIGCONT)
    #expect(
      await job.process.ended().cause == .ended(status: .exited(code: 0), stopped: nil))
  }

  /// Its readers take out of the pipe what the worker has just been told of, and then nothing comes any
  /// more: a worker that waited in its read then would wait for ever.
  @Test func aJobThatReadsItsOwnOutputIsFencedAllTheSame() async throws {
    let job = try RunningJob.shell(
      """
      exec 3</proc/self/fd/1
      for reader in 1 2 3 4 5 6 7 8; do cat <&3 >/dev/null & done
      kill -STOP $PPID
      for line in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo $line; sleep 0.01; done
      exec sleep 1000
      """,
      fence: BootInstant.now().advanced(by: .seconds(3)))
    #expect(await job.process.ended().cause == .supervisorLost(stopped: .fenced))
  }

  @Test func whoHasWaitedForTheEndFindsTheSupervisorForgotten() async throws {
    let job = try RunningJob.shell("true")
    _ = await job.process.ended()
    #expect(!RunningJob.orphans.others.contains(job.process.supervisor.pid))
  }

  @Test func aStopBeforeTheLaunchMeansThatTheCommandNeverRuns() async throws {
    let job = try RunningJob.shell("touch ran") { $0.stop(.cancelled, grace: .seconds(5)) }
    #expect(await job.process.ended().cause == .ended(status: nil, stopped: .cancelled))
    #expect(!FileManager.default.fileExists(atPath: job.directory.file("ran")))
  }

  @Test(arguments: [(Duration.zero, Duration.seconds(60)), (.seconds(60), .zero)])
  func aCommandIsNotStartedAfterItsTime(timeout: Duration, fence: Duration) async throws {
    let job = try RunningJob.shell(
      "touch ran", timeout: timeout, fence: BootInstant.now().advanced(by: fence))
    let stopped: StopReason = timeout == .zero ? .timedOut : .fenced
    #expect(await job.process.ended().cause == .ended(status: nil, stopped: stopped))
    #expect(!FileManager.default.fileExists(atPath: job.directory.file("ran")))
  }
}
