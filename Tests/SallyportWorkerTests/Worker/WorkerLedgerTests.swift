import Foundation
import SallyportCore
import SallyportLedger
import SallyportProtos
import SallyportRelay
import SallyportTestSupport
import Synchronization
import Testing

@testable import SallyportWorker

/// What a worker records of itself, and that it does nothing that it cannot record.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct WorkerLedgerTests {
  private let attempt = AttemptID(job: .random(), epoch: 1)
  private let ledger = MemoryLedger()

  private func end(
    of attempt: AttemptID, in running: RunningWorker
  ) async throws -> Sallyport_Worker_V1_FinishAttemptRequest {
    try await running.gateway.next { event in
      guard case .finish(let request) = event else { return nil }
      return request.attempt == attempt.message ? request : nil
    }
  }

  private func rejection(in running: RunningWorker) async throws -> String {
    try await running.gateway.nextMessage { message in
      guard case .reject(let reject) = message else { return nil }
      return reject.reason
    }
  }

  @Test func aRunIsRecordedFromDecisionToEnd() async throws {
    let folder = try TemporaryDirectory()
    let settings = LedgerSettings(directory: folder.file("ledger"), program: "test")
    let attempt = attempt
    _ = try await Ledger.withLedger(settings) { ledger in
      try await RunningWorker.with(ledger: ledger) { running in
        running.gateway.offer(attempt) {
          $0.command = ["/bin/sh", "-c", "echo output; exit 3"]
          $0.checkout.vcsPool = "git"
          $0.checkout.repository = "team/app.git"
          $0.checkout.ref = "refs/heads/main"
        }
        let request = try await end(of: attempt, in: running)
        #expect(request.exitCode == 3)
      }
    }
    let reader = LedgerReader(directory: folder.file("ledger"))
    #expect(try reader.verify().isIntact)
    let records = try reader.list(LedgerFilter()).records
    #expect(
      records.map(\.kind) == ["opened", "started", "job", "relay", "relay", "attempt", "stopped"])
    let job = try #require(records.first { $0.kind == "job" })
    #expect(job["job"] == .text(attempt.job.rawValue) && job["epoch"] == .number(1))
    #expect(job["decision"] == .text("allow") && job["repository"] == .text("team/app.git"))
    #expect(job["ref"] == .text("refs/heads/main"))
    let relays = records.filter { $0.kind == "relay" }
    #expect(relays.map { $0["event"] } == [.text("opened"), .text("closed")])
    #expect(relays[0]["peer"] == .text("spiffe://customer.example/vcs-agent/one"))
    let ended = try #require(records.first { $0.kind == "attempt" })
    #expect(ended["outcome"] == .text("failed") && ended["exit_code"] == .number(3))
    #expect(ended["commit"] == .text(FakeCheckout.commit))
  }

  /// A sealed pool's commits stay with the customer: the ledger is the customer's.
  @Test func theCommitIsRecordedWhereTheGatewayIsNotTold() async throws {
    try await RunningWorker.with(
      ledger: ledger, configure: { $0.attempts.reportsCommit = false }
    ) { running in
      running.gateway.offer(attempt) {
        $0.command = ["true"]
        $0.environment = ["PATH": "/usr/bin:/bin"]
        $0.checkout.vcsPool = "git"
        $0.checkout.repository = "team/app.git"
        $0.checkout.ref = "refs/heads/main"
      }
      let request = try await end(of: attempt, in: running)
      #expect(request.commit.isEmpty)
    }
    #expect(ledger.all(LedgerAttempt.self).map(\.commit) == [FakeCheckout.commit])
  }

  @Test func aJobThatIsDeniedIsRecordedWithItsRule() async throws {
    try await RunningWorker.with(
      ledger: ledger, configure: { $0.admission.requiresSignature = true }
    ) { running in
      running.gateway.offer(attempt) { $0.command = ["true"] }
      let request = try await end(of: attempt, in: running)
      #expect(request.denied)
    }
    let jobs = ledger.all(LedgerJob.self)
    #expect(jobs.map(\.attempt) == [attempt])
    #expect(jobs.first?.decision.isAllowed == false && jobs.first?.decision.rule == "signature")
    #expect(ledger.entries.isEmpty)
  }

  @Test func offersThatAreRefusedAreRecorded() async throws {
    try await RunningWorker.with(ledger: ledger) { running in
      running.gateway.offer(attempt, externalID: String(repeating: "f", count: 32)) {
        $0.command = ["true"]
      }
      _ = try await rejection(in: running)
      running.gateway.send {
        $0.offer.externalID = running.gateway.externalID
        $0.offer.attempt.jobID = "nonsense"
      }
      _ = try await rejection(in: running)
    }
    #expect(ledger.all(LedgerExternalIDRefusal.self).map(\.attempt) == [attempt])
    let jobs = ledger.all(LedgerJob.self)
    #expect(jobs.map(\.attempt) == [nil] && jobs.first?.decision.isAllowed == false)
    #expect(ledger.entries.isEmpty)
  }

  @Test func aGatewayOfAnotherTenantIsRecorded() async throws {
    let gateway = FakeGateway()
    gateway.welcome.withLock { $0.externalID = String(repeating: "f", count: 32) }
    try await RunningWorker.with(gateway, ledger: ledger) { running in
      let hasEnded = try await running.gateway.next { event -> Bool? in
        if case .sessionEnded = event { true } else { nil }
      }
      #expect(hasEnded)
    }
    #expect(ledger.all(LedgerExternalIDRefusal.self).first?.reason == "a Welcome")
  }

  /// The disk is full when the offer comes: another worker may take it.
  @Test func aWorkerWhoseLedgerIsFullTakesNoOffer() async throws {
    ledger.setFailing(true)
    try await RunningWorker.with(ledger: ledger) { running in
      running.gateway.offer(attempt) { $0.command = ["true"] }
      let reason = try await rejection(in: running)
      #expect(reason.contains("ledger"))
      ledger.setFailing(false)
      let next = AttemptID(job: attempt.job, epoch: 2)
      running.gateway.offer(next) { $0.command = ["/bin/true"] }
      let request = try await end(of: next, in: running)
      #expect(request.outcome == .succeeded)
    }
  }

  /// The disk becomes full between the acceptance and the decision.
  @Test func aJobThatCannotBeRecordedIsNotRun() async throws {
    let folder = try TemporaryDirectory()
    let mark = folder.file("mark")
    ledger.setFailing(true, isNoticed: false)
    try await RunningWorker.with(ledger: ledger) { running in
      running.gateway.offer(attempt) { $0.command = ["/bin/touch", mark] }
      let request = try await end(of: attempt, in: running)
      #expect(request.outcome == .failed && !request.denied)
      #expect(request.reason.hasPrefix("the job was not begun"), "\(request.reason)")
    }
    #expect(!FileManager.default.fileExists(atPath: mark))
  }

  /// What has run is reported, whatever the disk is like.
  @Test func theEndIsDeliveredWhereItCannotBeRecorded() async throws {
    let ledger = ledger
    let checkouts = FakeCheckout()
    try await RunningWorker.with(checkouts: checkouts, ledger: ledger) { running in
      checkouts.hangs.withLock { $0 = true }
      running.gateway.offer(attempt) {
        $0.command = ["/bin/true"]
        $0.checkout.vcsPool = "git"
        $0.checkout.repository = "team/app.git"
        $0.checkout.ref = "refs/heads/main"
      }
      _ = try await checkouts.started.wait()
      ledger.setFailing(true)
      checkouts.released.set(true)
      let request = try await end(of: attempt, in: running)
      #expect(request.outcome == .succeeded)
    }
    #expect(ledger.all(LedgerAttempt.self).isEmpty)
  }

  @Test func aRelayThatDoesNotComeAboutIsRecorded() async throws {
    let dialer = FakeSealedDialer()
    dialer.failures.withLock {
      $0 = [RelayError(code: .sealFailed, message: "the far end is somebody else")]
    }
    try await RunningWorker.with(dialer: dialer, ledger: ledger) { running in
      running.gateway.offer(attempt) {
        $0.command = ["/bin/true"]
        $0.checkout.vcsPool = "git"
        $0.checkout.repository = "team/app.git"
        $0.checkout.ref = "refs/heads/main"
      }
      let request = try await end(of: attempt, in: running)
      #expect(request.outcome == .failed)
    }
    let relays = ledger.all(LedgerRelay.self)
    #expect(relays.map(\.event) == [.refused] && relays.first?.attempt == attempt)
    #expect(relays.first?.reason == "the far end is somebody else")
  }
}
