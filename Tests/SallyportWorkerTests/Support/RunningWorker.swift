import GRPCCore
import GRPCInProcessTransport
import Logging
import SallyportCore
import SallyportLedger
import SallyportProtos
import SallyportRelay
import SallyportSession
import SallyportTestSupport

@testable import SallyportWorker

/// A whole worker, with real processes, against a ``FakeGateway``.
struct RunningWorker {
  let worker: Worker
  let gateway: FakeGateway
  let directory: TemporaryDirectory
  /// Moves the session to another connection, as a renewed certificate does.
  let handOver: @Sendable () -> Void

  /// Runs a worker while `body` runs, and ends it forcibly after.
  ///
  /// - Returns: How the worker ended.
  @discardableResult
  static func with(
    _ gateway: FakeGateway = FakeGateway(), directory: TemporaryDirectory? = nil,
    checkouts: FakeCheckout = FakeCheckout(), dialer: FakeSealedDialer = FakeSealedDialer(),
    backoff: Backoff = Backoff(base: .milliseconds(5), maximum: .milliseconds(20)),
    logger: Logger = quietLogger, ledger: any LedgerRecording = MemoryLedger(),
    configure: (inout WorkerSettings) -> Void = { _ in },
    _ body: @escaping @Sendable (RunningWorker) async throws -> Void
  ) async throws -> Worker.Ending {
    let directory = try directory ?? TemporaryDirectory()
    var settings = WorkerSettings(
      stateDirectory: directory.path, externalID: "0123456789abcdef0123456789abcdef", capacity: 2,
      description: WorkerDescription(displayName: "test", labels: ["zone": "a"]),
      tenant: TenantName(unchecked: "acme"), pool: PoolName(unchecked: "builders"))
    settings.attempts.executable = WorkerExecutable.path
    settings.settleGrace = .seconds(20)
    settings.forcedSettleGrace = .seconds(20)
    configure(&settings)
    let worker = try await Worker.open(
      settings, ledger: ledger, checkouts: checkouts, logger: logger)
    let supervisor = worker.makeSupervisor(
      dialer: InProcessDialer(gateway: gateway, sealed: dialer), backoff: backoff)
    let running = RunningWorker(
      worker: worker, gateway: gateway, directory: directory,
      handOver: { supervisor.requestHandover() })
    return try await withThrowingTaskGroup(of: Worker.Ending?.self) { group in
      group.addTask { await worker.run(sessions: supervisor) }
      group.addTask {
        defer { worker.stopNow() }
        _ = try await gateway.opened.wait()
        try await body(running)
        return nil
      }
      var ending: Worker.Ending?
      while let result = try await group.next() { ending = result ?? ending }
      // The worker knows the path only; the folder must outlive it.
      withExtendedLifetime(directory) {}
      return ending ?? .settled
    }
  }
}

/// Says nothing.
let quietLogger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
