import Foundation
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportTestSupport
import ServiceLifecycle
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportWorker

/// Ways in which a worker comes to its end by itself.
@Suite(.timeLimit(.minutes(1)))
struct WorkerEndTests {
  private let attempt = AttemptID(job: .random(), epoch: 1)

  private func finish(
    _ gateway: FakeGateway
  ) async throws -> Sallyport_Worker_V1_FinishAttemptRequest {
    try await gateway.next { if case .finish(let request) = $0 { request } else { nil } }
  }

  private func waitForBarrier(_ gateway: FakeGateway) async throws {
    try await gateway.nextMessage {
      if case .credits(let credits) = $0, credits.credits == 0, credits.barrier > 0 {
        ()
      } else {
        nil
      }
    }
  }

  private func waitForEnd(_ gateway: FakeGateway) async throws {
    try await gateway.next { if case .sessionEnded = $0 { () } else { nil } }
  }

  private func waitForText(_ text: String, _ gateway: FakeGateway) async throws {
    while !(try gateway.text(of: attempt).contains(text)) {
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  @Test func aDrainEndsTheWorkerOnceItsJobHasEnded() async throws {
    let ending = try await RunningWorker.with { running in
      let gateway = running.gateway
      let release = running.directory.file("release")
      gateway.offer(attempt) {
        $0.command = [
          "sh", "-c", "echo ready; while [ ! -e \(release) ]; do sleep 0.01; done; echo end",
        ]
      }
      try await waitForText("ready", gateway)
      gateway.send { $0.drain.reason = "maintenance" }
      try await waitForBarrier(gateway)
      try Data().write(to: URL(filePath: release))
      #expect(try await finish(gateway).outcome == .succeeded)
      try await waitForEnd(gateway)
      #expect(!running.worker.wantsRestart)
    }
    #expect(ending == .settled)
  }

  @Test func aDrainStopsWhatRunsLongerThanItMay() async throws {
    let ending = try await RunningWorker.with { running in
      let gateway = running.gateway
      gateway.offer(attempt) {
        $0.command = ["sh", "-c", "trap 'echo told; exit 0' TERM; echo ready; sleep 1000 & wait"]
      }
      try await waitForText("ready", gateway)
      gateway.send {
        $0.drain.restart = true
        $0.drain.jobTimeout = .with { $0.nanos = 200_000_000 }
      }
      let request = try await finish(gateway)
      #expect(request.outcome == .lost)
      #expect(request.reason == "stopped: the worker drains and its time was over")
      #expect(try gateway.text(of: attempt) == "ready\ntold\n")
      try await waitForEnd(gateway)
      #expect(running.worker.wantsRestart)
      running.worker.stop()
      #expect(!running.worker.wantsRestart, "whoever runs the process has the last word")
    }
    #expect(ending == .settled)
  }

  @Test func aWorkerForOneJobTakesOneAndEnds() async throws {
    let late = AttemptID(job: .random(), epoch: 1)
    let ending = try await RunningWorker.with(
      configure: {
        $0.capacity = 1
        $0.takesOneJob = true
      }
    ) { running in
      let gateway = running.gateway
      gateway.offer(attempt) { $0.command = ["sh", "-c", "echo whole; exit 3"] }
      try await waitForBarrier(gateway)
      gateway.offer(late) { $0.command = ["true"] }
      try await gateway.nextMessage { message in
        if case .reject(let reject) = message, reject.attempt == late.message { () } else { nil }
      }
      let request = try await finish(gateway)
      #expect(request.outcome == .failed && request.exitCode == 3)
      #expect(try gateway.text(of: attempt) == "whole\n")
      #expect(request.logLength == UInt64(gateway.state.withLock { $0.logs[attempt]?.count ?? 0 }))
      try await waitForEnd(gateway)
    }
    #expect(ending == .settled)
  }

  @Test func anIdleWorkerEnds() async throws {
    let directory = try TemporaryDirectory()
    let worker = try await idleWorker(directory) { $0.idleExit = .zero }
    #expect(await worker.run(sessions: Dialling()) == .settled)
    #expect(!worker.wantsRestart)
  }

  @Test func aWorkerWithAJobOrAResultIsNotIdle() {
    let limit = Duration.seconds(60)
    var state = Worker.State(table: AttemptTable(capacity: 1), history: AttemptHistory())
    let start = state.lastBusy
    let later = start.advanced(by: .seconds(1_000))
    #expect(!state.isIdle(for: limit, now: start.advanced(by: .seconds(59))))
    #expect(state.isIdle(for: limit, now: start.advanced(by: .seconds(60))))
    state.table.take(attempt)
    #expect(!state.isIdle(for: limit, now: later))
    state.table.run(attempt, fence: start)
    #expect(!state.isIdle(for: limit, now: later))
    state.table.finish(attempt)
    #expect(!state.isIdle(for: limit, now: later))
    state.table.remove(attempt)
    state.lastBusy = later
    #expect(!state.isIdle(for: limit, now: later.advanced(by: .seconds(59))))
    #expect(state.isIdle(for: limit, now: later.advanced(by: .seconds(60))))
    state.table.drain()
    #expect(!state.isIdle(for: limit, now: later.advanced(by: .seconds(60))))
  }

  /// Before, it took five seconds.
  @Test func anIdleWorkerWithoutAGatewayStopsAtOnce() async throws {
    let directory = try TemporaryDirectory()
    let worker = try await idleWorker(directory) { $0.sessionEndGrace = .seconds(3_600) }
    let dialling = Dialling()
    async let ending = worker.run(sessions: dialling)
    _ = try await dialling.started.wait()
    worker.stop()
    #expect(await ending == .settled)
  }

  /// Sessions that never come about.
  private struct Dialling: Service {
    let started = Latch<Bool>()

    func run() async throws {
      started.set(true)
      try await Task.sleep(for: .seconds(3_600))
    }
  }

  private func idleWorker(
    _ directory: TemporaryDirectory, _ configure: (inout WorkerSettings) -> Void
  ) async throws -> Worker {
    var settings = WorkerSettings(
      stateDirectory: directory.path, externalID: "", capacity: 1,
      description: WorkerDescription(displayName: "test"),
      tenant: TenantName(unchecked: "acme"), pool: PoolName(unchecked: "builders"))
    configure(&settings)
    return try await Worker.open(
      settings, ledger: MemoryLedger(), checkouts: FakeCheckout(), logger: quietLogger)
  }

  @Test func aCheckoutWhoseLeaseIsOverOpensNoRelay() async throws {
    let directory = try TemporaryDirectory()
    let dialer = FakeSealedDialer()
    let links = LinkBoard()
    let gateway = FakeGateway()
    try await InProcessDialer(gateway: gateway, sealed: dialer).withLink { link in
      links.publish(
        GatewayAccess(
          service: Sallyport_Worker_V1_WorkerService.Client(wrapping: link.client),
          dialer: dialer))
      let spool = try LogSpool.create(directory.file("log"))
      let disk = try Disk(name: "test")
      let stage = CheckoutStage(
        control: AttemptControl(attempt: attempt, fence: .now(), cancelGrace: .zero),
        links: links, provider: FakeCheckout(),
        log: AttemptLog(spool: spool, disk: disk, masks: JobMasks()),
        workspaceDisk: disk, ledger: MemoryLedger(), logger: quietLogger,
        retries: CheckoutRetries())
      let workspace = try Workspace.create(attempt, in: directory.path)
      let specification = CheckoutSpecification(
        vcsPool: try PoolName("git"), repository: "team/app.git", ref: "main", commit: "")
      let stopped = await #expect(throws: AttemptStopped.self) {
        try await stage.run(specification, into: workspace)
      }
      #expect(stopped?.stop.reason == .fenced)
    }
    #expect(dialer.requests.withLock { $0.isEmpty })
  }
}
