import Crypto
import Foundation
import GRPCCore
import HTTPTypes
import SallyportCore
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportWorker

/// A whole worker against a gateway in the same process; jobs are real processes.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct WorkerTests {
  let attempt = AttemptID(job: .random(), epoch: 1)

  func finish(_ gateway: FakeGateway, of attempt: AttemptID? = nil) async throws
    -> Sallyport_Worker_V1_FinishAttemptRequest
  {
    try await gateway.next { event in
      guard case .finish(let request) = event else { return nil }
      return attempt == nil || request.attempt == attempt?.message ? request : nil
    }
  }

  func waitForCredits(_ gateway: FakeGateway, _ count: UInt32) async throws {
    try await gateway.nextMessage { message in
      if case .credits(let credits) = message, credits.credits == count { () } else { nil }
    }
  }

  func isComplete(
    _ request: Sallyport_Worker_V1_FinishAttemptRequest, at gateway: FakeGateway
  ) -> Bool {
    let log = gateway.state.withLock { state in
      AttemptID(request.attempt).flatMap { state.logs[$0] } ?? []
    }
    return request.logLength == UInt64(log.count) && !request.logIncomplete
      && Array(request.logSha256) == Array(SHA256.hash(data: log))
  }

  @Test func aJobRunsAndItsLogAndResultArrive() async throws {
    let dialer = FakeSealedDialer()
    let checkouts = FakeCheckout()
    let ending = try await RunningWorker.with(checkouts: checkouts, dialer: dialer) { running in
      let gateway = running.gateway
      let hello = try await gateway.next { event in
        if case .hello(let hello) = event { hello } else { nil }
      }
      #expect(hello.capacity == 2 && hello.labels == ["zone": "a"] && hello.inventory.isEmpty)
      gateway.offer(attempt) {
        $0.command = ["sh", "-c", "cat file; pwd; echo $GREETING $SALLYPORT_COMMIT >&2; exit 3"]
        $0.environment = ["GREETING": "hello"]
        $0.checkout.vcsPool = "git"
        $0.checkout.repository = "team/app.git"
        $0.checkout.ref = "main"
      }
      try await gateway.nextMessage { message in
        if case .accept(let accept) = message, accept.attempt == attempt.message { () } else { nil }
      }
      let request = try await finish(gateway)
      #expect(request.outcome == .failed)
      #expect(request.hasExitCode && request.exitCode == 3 && !request.hasSignal)
      #expect(request.commit == FakeCheckout.commit)
      #expect(request.reason == "the command ended with exit code 3")
      #expect(isComplete(request, at: gateway))
      let workspace = "\(running.directory.path)/workspaces/\(attempt.job)-1"
      #expect(try gateway.text(of: attempt) == "content\(workspace)/checkout\n")
      #expect(try gateway.text(of: attempt, .stderr) == "hello \(FakeCheckout.commit)\n")
      #expect(!FileManager.default.fileExists(atPath: workspace))
    }
    #expect(ending == .settled)
    let request = dialer.requests.withLock { $0.first }
    #expect(request?.authority == "git.vcs.sallyport")
    let fields = request?.headers.map { "\($0.name): \($0.value)" }
    #expect(fields == ["sallyport-job: \(attempt.job)", "sallyport-epoch: 1"])
    #expect(checkouts.requests.withLock { $0.map(\.repository) } == ["team/app.git"])
  }

  @Test func anOfferOfAnotherTenantHasNoEffect() async throws {
    try await RunningWorker.with { running in
      running.gateway.offer(attempt, externalID: "0123456789abcdef0123456789abcdee") {
        $0.command = ["true"]
      }
      let reason = try await running.gateway.nextMessage { message in
        if case .reject(let reject) = message { reject.reason } else { nil }
      }
      #expect(reason == "the external id is not this tenant's")
      let spools = try FileManager.default.contentsOfDirectory(
        atPath: "\(running.directory.path)/spool")
      #expect(spools.isEmpty)
      let state = await running.worker.journal.state
      #expect(state.open.isEmpty && !state.history.contains(attempt))
    }
  }

  @Test func aGatewayOfAnotherTenantGetsNoCredits() async throws {
    let gateway = FakeGateway(externalID: "ffffffffffffffffffffffffffffffff")
    try await RunningWorker.with(gateway) { running in
      for _ in 0..<2 {
        try await gateway.next { event in
          if case .message(let message) = event {
            Issue.record("the worker said \(message)")
          }
          return if case .sessionEnded = event { () } else { nil }
        }
      }
    }
  }

  @Test(arguments: ["image", "command", "reserved", "name", "path"])
  func whatThisWorkerCannotRunFailsWithAReason(kind: String) async throws {
    try await RunningWorker.with { running in
      running.gateway.offer(attempt) { job in
        job.command = ["true"]
        switch kind {
        case "image": job.image = "debian"
        case "command": job.command = []
        case "reserved": job.environment = ["SALLYPORT_JOB_ID": "x"]
        case "name": job.environment = ["A=B": "x"]
        default:
          job.checkout.vcsPool = "../../etc"
          job.checkout.repository = "a"
        }
      }
      let request = try await finish(running.gateway)
      #expect(request.outcome == .failed && !request.hasExitCode)
      #expect(!request.reason.isEmpty && !request.reason.contains("\n"))
      #expect(isComplete(request, at: running.gateway))
      let system = try running.gateway.text(of: attempt, .system)
      #expect(system.contains(request.reason))
    }
  }

  @Test func cancelIsAcknowledgedAndReachesTheJob() async throws {
    try await RunningWorker.with { running in
      let gateway = running.gateway
      gateway.offer(attempt) {
        $0.command = [
          "sh", "-c",
          "trap 'echo caught; exit 9' TERM; echo ready; while :; do "
            + "sleep 0.02; done",
        ]
      }
      try await waitForText("ready", gateway)
      gateway.send {
        $0.cancel.attempt = attempt.message
        $0.cancel.reason = "not needed\nany more"
      }
      try await gateway.nextMessage { message in
        if case .cancelAcknowledged = message { () } else { nil }
      }
      let request = try await finish(gateway)
      #expect(request.outcome == .cancelled && request.exitCode == 9)
      #expect(request.reason == "not needed any more")
      #expect(try gateway.log(of: attempt).contains { $0.payload.elementsEqual("caught\n".utf8) })
    }
  }

  @Test func cancelDuringCheckoutEndsTheAttempt() async throws {
    let checkouts = FakeCheckout()
    checkouts.hangs.withLock { $0 = true }
    try await RunningWorker.with(checkouts: checkouts) { running in
      running.gateway.offer(attempt) {
        $0.command = ["true"]
        $0.checkout.vcsPool = "git"
        $0.checkout.repository = "a.git"
      }
      _ = try await checkouts.started.wait()
      running.gateway.send { $0.cancel.attempt = attempt.message }
      let request = try await finish(running.gateway)
      #expect(request.outcome == .cancelled && !request.hasExitCode && !request.hasSignal)
    }
  }

  @Test func aTimeoutCountsTheCheckout() async throws {
    let checkouts = FakeCheckout()
    checkouts.hangs.withLock { $0 = true }
    try await RunningWorker.with(checkouts: checkouts) { running in
      running.gateway.offer(attempt) {
        $0.command = ["true"]
        $0.timeout.nanos = 200_000_000
        $0.checkout.vcsPool = "git"
        $0.checkout.repository = "a.git"
      }
      let request = try await finish(running.gateway)
      #expect(request.outcome == .timedOut)
    }
  }

  @Test func aBrokenCheckoutIsTriedAgainInAnEmptyDirectory() async throws {
    let checkouts = FakeCheckout()
    checkouts.failures.withLock {
      $0 = [RelayError(code: .truncated, message: "cut"), LinkLost()]
    }
    try await RunningWorker.with(checkouts: checkouts) { running in
      running.gateway.offer(attempt) {
        $0.command = ["ls"]
        $0.checkout.vcsPool = "git"
        $0.checkout.repository = "a.git"
      }
      let request = try await finish(running.gateway)
      #expect(request.outcome == .succeeded)
      #expect(try running.gateway.text(of: attempt) == "file\npart\n")
    }
  }

  @Test func aRefusedRelayFailsAtOnceWithTheGatewaysReason() async throws {
    let dialer = FakeSealedDialer()
    dialer.failures.withLock {
      $0 = [
        RelayError(
          code: .refused, message: "refused",
          refusal: RelayRefusal(status: 404, reason: "no such VCS pool"))
      ]
    }
    try await RunningWorker.with(dialer: dialer) { running in
      running.gateway.offer(attempt) {
        $0.command = ["true"]
        $0.checkout.vcsPool = "git"
        $0.checkout.repository = "a.git"
      }
      let request = try await finish(running.gateway)
      #expect(request.outcome == .failed)
      #expect(
        request.reason == "checkout failed: the gateway refused the relay (404): no such VCS pool")
    }
  }

  @Test func aLeaseThatIsNotRenewedEndsTheJobInTime() async throws {
    let gateway = FakeGateway()
    // The first one says that the acceptance came in time.
    gateway.renewalsToAnswer.withLock { $0 = 1 }
    gateway.welcome.withLock {
      $0.leaseDuration = .with { $0.nanos = 900_000_000 }
      $0.leaseRenewInterval = .with { $0.nanos = 100_000_000 }
    }
    try await RunningWorker.with(gateway) { running in
      gateway.offer(attempt) {
        $0.command = ["sh", "-c", "trap '' TERM; while :; do echo tick; sleep 0.02; done"]
      }
      try await gateway.nextMessage { if case .accept = $0 { () } else { nil } }
      let accepted = WallTime.now().microseconds
      let request = try await finish(gateway)
      #expect(request.outcome == .lost)
      let last = try gateway.log(of: attempt).last { $0.stream == .stdout }
      #expect(try #require(last).timestamp < accepted + 900_000)
    }
  }

  /// The worker may have been stopped, or the network slow: the job is another worker's then.
  @Test func aJobWhoseAcceptanceCameTooLateNeverRuns() async throws {
    let gateway = FakeGateway()
    gateway.renewalsToAnswer.withLock { $0 = 0 }
    try await RunningWorker.with(gateway) { running in
      let ran = running.directory.file("ran")
      gateway.offer(attempt) { $0.command = ["touch", ran] }
      try await gateway.nextMessage { if case .accept = $0 { () } else { nil } }
      // The supervisor waits, and the command for the gateway's word.
      while await running.worker.journal.state.open[attempt]?.supervisor == nil {
        try await Task.sleep(for: .milliseconds(2))
      }
      gateway.send { $0.offerWithdrawn.attempt = attempt.message }
      let request = try await finish(gateway)
      #expect(request.outcome == .lost && request.reason == "the offer was withdrawn")
      #expect(!FileManager.default.fileExists(atPath: ran))
    }
  }

  @Test func aLeaseThatIsRenewedKeepsTheJob() async throws {
    let gateway = FakeGateway()
    gateway.welcome.withLock {
      $0.leaseDuration = .with { $0.seconds = 3 }
      $0.leaseRenewInterval = .with { $0.nanos = 100_000_000 }
    }
    try await RunningWorker.with(gateway) { _ in
      gateway.offer(attempt) { $0.command = ["sleep", "4"] }
      let request = try await finish(gateway)
      #expect(request.outcome == .succeeded)
    }
  }

  @Test func aLeaseThatTheGatewayTakesBackEndsTheJobAtOnce() async throws {
    try await RunningWorker.with { running in
      running.gateway.offer(attempt) { $0.command = ["sh", "-c", "echo ready; sleep 1000"] }
      try await waitForText("ready", running.gateway)
      running.gateway.send {
        $0.leasesRenewed.renewals = [
          .with {
            $0.attempt = attempt.message
            $0.renewed = false
          }
        ]
      }
      let request = try await finish(running.gateway)
      #expect(request.outcome == .lost)
    }
  }

  @Test func aResultIsRepeatedUntilItIsAcknowledged() async throws {
    let gateway = FakeGateway()
    gateway.finishFailures.withLock { $0 = [.unavailable, .deadlineExceeded, .internalError] }
    let ending = try await RunningWorker.with(gateway) { running in
      gateway.offer(attempt) { $0.command = ["true"] }
      _ = try await finish(gateway)
      let requests = gateway.state.withLock { $0.finishes }
      #expect(requests.count == 4 && Set(requests).count == 1)
    }
    #expect(ending == .settled)
  }

  @Test func aResultOutlivesTheWorker() async throws {
    let directory = try TemporaryDirectory()
    let broken = FakeGateway()
    broken.finishFailures.withLock { $0 = Array(repeating: .unavailable, count: 10_000) }
    let first = try await RunningWorker.with(
      broken, directory: directory, configure: { $0.forcedSettleGrace = .milliseconds(300) }
    ) { running in
      broken.offer(attempt) { $0.command = ["sh", "-c", "echo kept; exit 5"] }
      while broken.state.withLock({ $0.finishes.isEmpty }) {
        try await Task.sleep(for: .milliseconds(2))
      }
    }
    #expect(first == .unsettled(1))

    // Another gateway process, which has nothing of the log.
    let gateway = FakeGateway()
    let second = try await RunningWorker.with(gateway, directory: directory) { running in
      let hello = try await gateway.next { event in
        if case .hello(let hello) = event { hello } else { nil }
      }
      #expect(hello.inventory.map(\.phase) == [.finished])
      let request = try await finish(gateway)
      #expect(request == broken.state.withLock { $0.finishes.first })
      #expect(isComplete(request, at: gateway))
      #expect(try gateway.text(of: attempt) == "kept\n")
    }
    #expect(second == .settled)
    let spools = try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/spool")
    #expect(spools.isEmpty)
  }

  @Test func anAttemptIsNeverRunTwice() async throws {
    let directory = try TemporaryDirectory()
    for round in 0..<2 {
      try await RunningWorker.with(directory: directory) { running in
        let gateway = running.gateway
        if round == 0 {
          gateway.offer(attempt) { $0.command = ["true"] }
          _ = try await finish(gateway)
        }
        gateway.offer(attempt) { $0.command = ["true"] }
        let reason = try await gateway.nextMessage { message in
          if case .reject(let reject) = message { reject.reason } else { nil }
        }
        #expect(reason == "this worker has had this attempt before")
      }
    }
  }

  @Test func drainFinishesWhatRunsAndTakesNothingNew() async throws {
    let late = AttemptID(job: .random(), epoch: 1)
    let ending = try await RunningWorker.with { running in
      let gateway = running.gateway
      gateway.offer(attempt) { $0.command = ["sh", "-c", "echo ready; sleep 0.5; echo end"] }
      try await waitForText("ready", gateway)
      running.worker.drain()
      try await gateway.nextMessage { message in
        if case .credits(let credits) = message, credits.credits == 0, credits.barrier > 0 {
          ()
        } else {
          nil
        }
      }
      // It crossed the drain on the wire.
      gateway.offer(late) { $0.command = ["true"] }
      try await gateway.nextMessage { message in
        if case .reject(let reject) = message, reject.attempt == late.message { () } else { nil }
      }
      let request = try await finish(gateway)
      #expect(request.outcome == .succeeded)
      #expect(try gateway.text(of: attempt) == "ready\nend\n")
    }
    #expect(ending == .settled)
  }

  @Test func drainWaitsForTheBarrier() async throws {
    let worker = Mutex<Worker?>(nil)
    try await RunningWorker.with(configure: { $0.settleGrace = .seconds(60) }) { running in
      worker.withLock { $0 = running.worker }
      try await waitForCredits(running.gateway, 2)
      running.worker.drain()
      try await waitForCredits(running.gateway, 0)
      // The fake answers the barrier; the worker then closes its session by itself.
      try await running.gateway.next { event in
        if case .sessionEnded = event { () } else { nil }
      }
    }
  }

  @Test func stoppingNowKillsAndReports() async throws {
    let ending = try await RunningWorker.with { running in
      running.gateway.offer(attempt) {
        $0.command = ["sh", "-c", "trap '' TERM; echo ready; sleep 1000"]
      }
      try await waitForText("ready", running.gateway)
      running.worker.stopNow()
      let request = try await finish(running.gateway)
      #expect(request.outcome == .lost && request.reason == "the worker was stopped")
    }
    #expect(ending == .settled)
  }

  @Test func twoJobsRunAtOnceAndAThirdIsRefused() async throws {
    try await RunningWorker.with { running in
      let gateway = running.gateway
      try await waitForCredits(gateway, 2)
      let attempts = (0..<3).map { _ in AttemptID(job: .random(), epoch: 1) }
      let meeting = "\(running.directory.path)/meeting"
      for attempt in attempts {
        gateway.offer(attempt) {
          $0.command = [
            "sh", "-c",
            "echo >> \(meeting); while [ $(wc -l < \(meeting)) -lt 2 ]; "
              + "do sleep 0.01; done",
          ]
        }
      }
      let rejected = try await gateway.nextMessage { message in
        if case .reject(let reject) = message { reject } else { nil }
      }
      #expect(rejected.attempt == attempts[2].message && rejected.reason == "no free slot")
      for _ in 0..<2 {
        let request = try await finish(gateway)
        #expect(request.outcome == .succeeded)
      }
    }
  }

  func waitForText(_ text: String, _ gateway: FakeGateway) async throws {
    while !(try gateway.text(of: attempt).contains(text)) {
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}
