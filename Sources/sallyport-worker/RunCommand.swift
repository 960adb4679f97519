import ArgumentParser
import Logging
import SallyportConfig
import SallyportCore
import SallyportSession
import SallyportTransport
import SallyportWorker
import UnixSignals

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Take jobs until told to stop.",
    discussion: """
      SIGTERM or SIGINT drains: nothing new is taken, running jobs end and report. A second one \
      kills running jobs, reports them and stops.
      """)

  @OptionGroup var config: ConfigOptions

  func run() async throws {
    let values = try config.load(WorkerCatalog.schema)
    LoggingSetup(values).bootstrap()
    let logger = Logger(label: "sallyport-worker")
    try WorkerProcess.prepare()
    let state = try StateDirectory.open(values[WorkerCatalog.stateDirectory])
    let enrollment = try checkedEnrollment(state, values)
    let worker = try await Worker.open(
      WorkerSettings(values, enrollment: enrollment),
      checkouts: GitCheckoutProvider(mirrors: "\(state.path)/mirrors", logger: logger),
      logger: logger)
    let endpoint = values[WorkerCatalog.endpoint]
    let supervisor = worker.makeSupervisor(
      dialer: IdentityDialer(
        state: state,
        endpoint: ServerEndpoint(
          host: endpoint.host, port: endpoint.port,
          serverName: values[WorkerCatalog.serverName]),
        trustDomain: enrollment.trustDomain, logger: logger))
    let renewer = CertificateRenewer(
      state: state, role: .worker, supervisor: supervisor, logger: logger)
    logger.info("worker starting", metadata: ["identity": "\(enrollment.spiffeID.uri)"])
    let ending = try await withThrowingTaskGroup(of: Worker.Ending?.self) { group in
      group.addTask { await worker.run(sessions: supervisor) }
      group.addTask {
        try await renewer.run()
        return nil
      }
      group.addTask {
        await obeySignals(worker, logger: logger)
        return nil
      }
      defer { group.cancelAll() }
      while let ending = try await group.next() {
        if let ending { return ending }
      }
      throw CancellationError()
    }
    if case .unsettled(let count) = ending {
      throw ErrorReport(
        "stopped before the gateway had \(count) results: they are kept in "
          + "\(state.path)/journal and reported after the next start",
        exitCode: SallyportCore.ExitCode.unavailable)
    }
    logger.info("worker stopped")
  }

  private func checkedEnrollment(
    _ state: StateDirectory, _ values: ConfigValues
  ) throws -> EnrollmentRecord {
    let enrollment = try state.enrollment()
    guard enrollment.role == .worker else {
      throw ErrorReport(
        "\(state.path) is enrolled as a VCS agent: name a worker's state directory",
        exitCode: SallyportCore.ExitCode.configuration)
    }
    let trustDomain = values[WorkerCatalog.trustDomain]
    guard enrollment.trustDomain == trustDomain else {
      throw ErrorReport(
        "gateway.trust-domain is '\(trustDomain)', but this worker is enrolled with "
          + "'\(enrollment.trustDomain)': correct it, or enroll again",
        exitCode: SallyportCore.ExitCode.configuration)
    }
    return enrollment
  }

  private func obeySignals(_ worker: Worker, logger: Logger) async {
    var isDraining = false
    for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
      if isDraining {
        logger.warning("stopping now: running jobs are killed", metadata: ["signal": "\(signal)"])
        worker.stopNow()
      } else {
        logger.info("draining: no new jobs are taken", metadata: ["signal": "\(signal)"])
        worker.drain()
        isDraining = true
      }
    }
  }
}
