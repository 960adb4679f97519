import Testing

@testable import SallyportWorker

struct JobSupervisorStateTests {
  private let start = BootInstant(nanoseconds: 1_000_000_000)

  private func launched(
    deadline: Duration = .seconds(100), fence: Duration = .seconds(50),
    grace: Duration = .seconds(10)
  ) -> JobSupervisorState {
    var state = JobSupervisorState()
    let request = LaunchRequest(
      arguments: ["true"], environment: [:], directory: "/", deadline: at(deadline),
      fence: at(fence), terminationGrace: grace)
    #expect(state.received(.launch(request), now: start) == .launch(request))
    return state
  }

  private func at(_ offset: Duration) -> BootInstant { start.advanced(by: offset) }

  @Test func theCommandsOwnEndIsTheOutcome() {
    var state = launched()
    #expect(state.commandEnded(.exited(code: 3), now: start) == .killEverything)
    #expect(state.received(.stop(.cancelled, grace: .zero), now: start) == nil)
    #expect(state.ending == .init(status: .exited(code: 3), stopped: nil))
  }

  /// Where the supervisor was stopped (SIGSTOP), nobody can say that the command ended in time.
  @Test func anEndThatIsSeenAfterTheFenceCountsAsFenced() {
    var state = launched()
    #expect(state.commandEnded(.exited(code: 0), now: at(.seconds(50))) == .killEverything)
    #expect(state.ending == .init(status: .exited(code: 0), stopped: .fenced))
  }

  @Test func theFirstReasonToStopIsTheOutcome() {
    var state = launched()
    #expect(state.received(.stop(.cancelled, grace: .seconds(5)), now: start) == .terminateGroup)
    #expect(state.tick(now: at(.seconds(4))) == nil)
    #expect(state.workerVanished() == .killEverything)
    #expect(state.commandEnded(.signalled(9), now: start) == nil)
    #expect(state.ending == .init(status: .signalled(9), stopped: .cancelled))
  }

  @Test func aTimeoutHasItsGraceUnlessTheLeaseEndsFirst() {
    var state = launched(deadline: .seconds(10), fence: .seconds(50))
    #expect(state.nextWake == at(.seconds(10)))
    #expect(state.tick(now: at(.seconds(10))) == .terminateGroup)
    #expect(state.nextWake == at(.seconds(20)))
    #expect(state.tick(now: at(.seconds(20))) == .killEverything)

    var fenced = launched(deadline: .seconds(10), fence: .seconds(12))
    #expect(fenced.tick(now: at(.seconds(10))) == .terminateGroup)
    #expect(fenced.tick(now: at(.seconds(12))) == .killEverything)
    #expect(fenced.ending.stopped == .timedOut)
  }

  @Test func anExpiredLeaseKillsWithoutGrace() {
    var state = launched()
    #expect(state.tick(now: at(.seconds(50))) == .killEverything)
    #expect(state.ending.stopped == .fenced)
  }

  @Test func aRenewalMovesTheFenceOnly() {
    var state = launched()
    #expect(state.received(.fence(at(.seconds(90))), now: start) == nil)
    #expect(state.tick(now: at(.seconds(89))) == nil)
    #expect(state.tick(now: at(.seconds(90))) == .killEverything)
  }

  @Test func aSecondStopMayShortenTheGraceButNotProlongIt() {
    var state = launched()
    _ = state.received(.stop(.cancelled, grace: .seconds(5)), now: start)
    #expect(state.received(.stop(.workerStopped, grace: .seconds(9)), now: start) == nil)
    #expect(state.nextWake == at(.seconds(5)))
    #expect(state.received(.stop(.workerStopped, grace: .zero), now: start) == .killEverything)
    #expect(state.ending.stopped == .cancelled)
  }

  @Test func aStopBeforeTheLaunchMeansThatThereIsNone() {
    var state = JobSupervisorState()
    #expect(state.received(.stop(.cancelled, grace: .seconds(5)), now: start) == .killEverything)
    let request = LaunchRequest(
      arguments: ["true"], environment: [:], directory: "/", deadline: start, fence: start,
      terminationGrace: .zero)
    #expect(state.received(.launch(request), now: start) == nil)
  }

  @Test func aLaunchAfterItsTimeIsAKill() {
    for (deadline, fence, reason) in [
      (5, 9, StopReason.timedOut), (9, 5, .fenced), (5, 5, .fenced),
    ] {
      let request = LaunchRequest(
        arguments: ["true"], environment: [:], directory: "/", deadline: at(.seconds(deadline)),
        fence: at(.seconds(fence)), terminationGrace: .seconds(10))
      var state = JobSupervisorState()
      #expect(state.received(.launch(request), now: at(.seconds(5))) == .killEverything)
      #expect(state.ending == .init(status: nil, stopped: reason))
      var early = JobSupervisorState()
      #expect(early.received(.launch(request), now: at(.seconds(4))) == .launch(request))
    }
  }

  @Test func theWorkerKeepsTheSameTimesWithAMargin() {
    let request = LaunchRequest(
      arguments: ["true"], environment: [:], directory: "/", deadline: at(.seconds(100)),
      fence: at(.seconds(50)), terminationGrace: .seconds(10))
    let margin = JobLimits.margin
    var limits = JobLimits()
    limits.launched(request)
    #expect(limits.overdue(now: at(.seconds(50))) == nil)
    #expect(limits.overdue(now: at(.seconds(50) + margin)) == .fenced)
    limits.fenced(at: at(.seconds(500)))
    #expect(limits.overdue(now: at(.seconds(109) + margin)) == nil)
    #expect(limits.overdue(now: at(.seconds(110) + margin)) == .timedOut)
    limits.stopped(.cancelled, grace: .seconds(10), now: at(.seconds(20)))
    limits.stopped(.workerStopped, grace: .zero, now: at(.seconds(25)))
    #expect(limits.overdue(now: at(.seconds(24) + margin)) == nil)
    #expect(limits.overdue(now: at(.seconds(25) + margin)) == .cancelled)
    var renewed = JobLimits()
    renewed.fenced(at: at(.seconds(60)))
    renewed.launched(request)
    #expect(renewed.overdue(now: at(.seconds(60))) == nil)
    #expect(renewed.overdue(now: at(.seconds(60) + margin)) == .fenced)
  }

  @Test func messagesSurviveTheirEncoding() throws {
    let request = LaunchRequest(
      arguments: ["a", "", "ü\n"], environment: ["A": "1", "B": ""], directory: "/tmp",
      deadline: at(.seconds(1)), fence: at(.seconds(2)), terminationGrace: .milliseconds(1_500))
    let commands: [SupervisorCommand] = [
      .launch(request), .stop(.fenced, grace: .seconds(1)), .fence(at(.seconds(3))),
    ]
    for command in commands {
      let bytes = command.encode()
      #expect(SupervisorCommand(decoding: bytes) == command)
      for length in 0..<bytes.count {
        #expect(SupervisorCommand(decoding: Array(bytes[..<length])) == nil)
      }
    }
    let reports: [SupervisorReport] = [
      .started(ProcessIdentity(pid: 7, startTime: 9)), .notStarted(number: 2, subject: "run 'x'"),
      .ended(status: .exited(code: 0), stopped: nil, survivors: 0),
      .ended(status: .signalled(9), stopped: .timedOut, survivors: 3),
      .ended(status: nil, stopped: .cancelled, survivors: 0),
    ]
    for report in reports {
      let bytes = report.encode()
      #expect(SupervisorReport(decoding: bytes) == report)
      for length in 0..<bytes.count {
        #expect(SupervisorReport(decoding: Array(bytes[..<length])) == nil)
      }
    }
  }

  @Test func framesArriveInAnyPieces() throws {
    let messages: [[UInt8]] = [[1, 2, 3], [], [UInt8](repeating: 7, count: 1_000)]
    let bytes = messages.flatMap(MessageFraming.frame)
    for size in [1, 2, 3, 7, 5_000] {
      var framing = MessageFraming()
      var found: [[UInt8]] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        framing.append(Array(bytes[start..<min(start + size, bytes.count)]))
        while let message = try framing.next() { found.append(message) }
      }
      #expect(found == messages)
    }
    var framing = MessageFraming()
    framing.append([0xFF, 0xFF, 0xFF, 0xFF])
    #expect(throws: MessageTooLong.self) { try framing.next() }
  }

  @Test func processStatusIsReadPastAnyName() throws {
    let line = "42 (a) R 1 (b) S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 777 1 2"
    let status = try #require(ProcessStatus(parsing: Array(line.utf8)))
    #expect(status.identity == ProcessIdentity(pid: 42, startTime: 777))
    #expect(status.parent == 7 && status.group == 8 && !status.isZombie)
    for text in ["", "1", "1 (x", "1 (x) R", "x (y) R 1 2 3"] {
      #expect(ProcessStatus(parsing: Array(text.utf8)) == nil)
    }
  }

  @Test func exitStatusesAreDecodedAsLinuxEncodesThem() {
    #expect(ExitStatus(waitStatus: 0) == .exited(code: 0))
    #expect(ExitStatus(waitStatus: 255 << 8) == .exited(code: 255))
    #expect(ExitStatus(waitStatus: 9) == .signalled(9))
    #expect(ExitStatus(waitStatus: 11 | 0x80) == .signalled(11))
    #expect(ExitStatus(waitStatus: 0x137F) == nil)
  }
}
