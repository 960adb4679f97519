import GRPCCore
import SallyportCore
import SallyportProtos
import SwiftProtobuf
import Testing

@testable import SallyportCLI

@Suite struct LogFollowerTests {
  private let log = encoded([(.stdout, "one\n"), (.stderr, "two\n"), (.system, "three\n")])
  private let lost = RPCError(code: .unavailable, message: "gone")

  private func job(
    _ state: Sallyport_Operator_V1_JobState, epoch: UInt64 = 1, length: Int = 0
  ) -> Sallyport_Operator_V1_Job {
    .with {
      $0.state = state
      $0.epoch = epoch
      $0.logLength = UInt64(length)
      $0.logState = .complete
    }
  }

  private func texts(_ received: LogFollower.Received) -> [String] {
    received.entries.map { String(decoding: $0.payload, as: UTF8.self) }
  }

  @Test func aLogCutAnywhereResumesBehindWhatArrived() throws {
    for cut in 0...log.count {
      var follower = LogFollower(follow: true)
      #expect(follower.start() == .read(epoch: 0, offset: 0))
      var read = texts(try follower.receive(part(log[..<cut])))
      guard case .wait(_, let next) = follower.readEnded(lost) else {
        Issue.record("did not wait")
        return
      }
      #expect(next == .read(epoch: 1, offset: UInt64(cut)))
      read += texts(try follower.receive(part(log[cut...], at: cut, .complete)))
      #expect(read == ["one\n", "two\n", "three\n"])
      #expect(follower.readEnded(nil) == .checkJob)
      #expect(follower.jobIs(job(.succeeded, length: log.count)) == .finished)
      #expect(follower.logState == .complete)
      #expect(follower.pendingBytes == 0)
    }
  }

  @Test func whatArrivesTwiceIsDropped() throws {
    var follower = LogFollower(follow: true)
    _ = try follower.receive(part(log[..<30]))
    let rest = try follower.receive(part(log[10...], at: 10))
    #expect(texts(rest) == ["two\n", "three\n"])
    #expect(try follower.receive(part(log)).entries.isEmpty)
    #expect(follower.offset == UInt64(log.count))
  }

  @Test func aGapIsAnError() throws {
    var follower = LogFollower(follow: true)
    _ = try follower.receive(part(log[..<20]))
    #expect(throws: LogGap(expected: 20, found: 21)) {
      try follower.receive(part(log[21...], at: 21))
    }
  }

  @Test func garbageIsAnError() {
    var follower = LogFollower(follow: true)
    #expect(throws: LogFormatError.self) {
      try follower.receive(part(Array(repeating: UInt8(0xFF), count: 64)))
    }
  }

  @Test func anotherAttemptBeginsAnew() throws {
    var follower = LogFollower(follow: true)
    _ = try follower.receive(part(log[..<25]))
    let second = try follower.receive(part(log, epoch: 2))
    #expect(second.newAttempt == 2)
    #expect(texts(second) == ["one\n", "two\n", "three\n"])
    #expect(try follower.receive(part(log[25...], at: 25)) == LogFollower.Received())
    // The gateway ended the stream of the old attempt, and the job has moved on.
    #expect(follower.readEnded(nil) == .checkJob)
    #expect(follower.jobIs(job(.running, epoch: 3)) == .read(epoch: 3, offset: 0))
  }

  @Test func aRunningJobIsReadAgainWithoutSpinning() {
    var follower = LogFollower(follow: true, epoch: 1)
    #expect(follower.readEnded(nil) == .checkJob)
    #expect(follower.jobIs(job(.running)) == .read(epoch: 1, offset: 0))
    for _ in 0..<5 {
      _ = try? follower.receive(part([], .complete))
      #expect(follower.readEnded(nil) == .checkJob)
      guard case .wait(_, .read) = follower.jobIs(job(.running)) else {
        Issue.record("did not wait")
        return
      }
    }
  }

  @Test func aLogShorterThanItSaysEndsAfterOneMoreRead() throws {
    var follower = LogFollower(follow: true)
    _ = try follower.receive(part(log[..<30], .incomplete))
    #expect(follower.readEnded(nil) == .checkJob)
    #expect(follower.jobIs(job(.lost, length: 1_000)) == .read(epoch: 1, offset: 30))
    #expect(follower.readEnded(nil) == .checkJob)
    #expect(follower.jobIs(job(.lost, length: 1_000)) == .finished)
    #expect(follower.pendingBytes == 10)
  }

  @Test func patienceIsBoundedAndProgressRenewsIt() throws {
    var follower = LogFollower(
      follow: true, patience: .seconds(30),
      backoff: Backoff(base: .seconds(1), maximum: .seconds(4)))
    func outage(_ follower: inout LogFollower) -> (attempts: Int, waited: Duration) {
      var total = Duration.zero
      for attempt in 0... {
        switch follower.readEnded(lost) {
        case .wait(let delay, _):
          #expect(delay >= .milliseconds(50) && delay <= .seconds(4))
          total += delay
        case .failed(.unreachable("gone")): return (attempt, total)
        default: return (-1, total)
        }
      }
      return (-1, total)
    }
    let first = outage(&follower)
    #expect(first.attempts >= 7 && first.attempts <= 600)
    #expect(first.waited >= .seconds(30) && first.waited < .seconds(31))
    _ = try follower.receive(part(log[..<5]))
    #expect(outage(&follower).attempts >= 7)
  }

  @Test(arguments: [
    RPCError.Code.notFound, .permissionDenied, .unauthenticated, .unimplemented, .dataLoss,
  ])
  func otherErrorsAreFinal(code: RPCError.Code) {
    var follower = LogFollower(follow: true)
    let error = RPCError(code: code, message: "no")
    #expect(follower.readEnded(error) == .failed(.call(code, "no")))
    #expect(follower.jobCheckFailed(error) == .failed(.call(code, "no")))
  }

  @Test(arguments: [RPCError.Code.unknown, .internalError])
  func aGatewayThatFailsIsAskedAFewTimes(code: RPCError.Code) throws {
    var follower = LogFollower(follow: true)
    let error = RPCError(code: code, message: "broken")
    func attempts(_ follower: inout LogFollower) -> Int {
      for attempt in 0..<100 {
        guard case .wait = follower.readEnded(error) else { return attempt }
      }
      return 100
    }
    #expect(attempts(&follower) == 5)
    _ = try follower.receive(part(log[..<5]))
    #expect(attempts(&follower) == 5)
    #expect(follower.readEnded(error) == .failed(.call(code, "broken")))
  }

  @Test func withoutFollowingOneReadIsAll() throws {
    var follower = LogFollower(follow: false)
    _ = try follower.receive(part(log))
    #expect(follower.readEnded(nil) == .finished)
  }
}
