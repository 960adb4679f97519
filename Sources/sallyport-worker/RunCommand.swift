import ArgumentParser
import Logging
import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportGit
import SallyportHealth
import SallyportLedger
import SallyportMetrics
import SallyportPolicy
import SallyportPolicyAgent
import SallyportSession
import SallyportWorker
import UnixSignals

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Take jobs until told to stop.",
    discussion: """
      SIGTERM or SIGINT drains: nothing new is taken, running jobs end and report. A second one \
      kills running jobs, reports them and stops. SIGHUP reads policy and secrets file again.

      Exit codes: 0 when drained, or when the job of --once has its result delivered, whatever that \
      is; 69 when results could not be delivered: they are kept for the next start; 75 when the \
      gateway wants the worker to be started again; 78 when the configuration is wrong.
      """)

  @OptionGroup var config: ConfigOptions

  @Flag(help: "Take a single job, deliver its result and its whole log, and exit.")
  var once = false

  @Option(
    help: ArgumentHelp(
      "Drain and exit after this long without a job, for example 10m.", valueName: "duration"))
  var idleExit: String?

  @Flag(
    help: ArgumentHelp(
      "Load configuration, enrollment, keys and policy, ask the policy agent whether it answers, "
        + "say ok and exit; also beside a worker."))
  var check = false

  func run() async throws {
    let values = try configuration.load(WorkerCatalog.schema)
    if check { return try await checkAll(values) }
    LoggingSetup(values).bootstrap()
    try WorkerProcess.prepare()
    let health = try HealthAddress(values, WorkerCatalog.health)
    let gateway = GatewaySettings(values)
    let (state, enrollment) = try gateway.openState(as: .worker)
    let logger = Logger(label: "sallyport-worker", identity: enrollment.spiffeID)
    let board = try await IdentityBoard(
      state: state, role: .worker, gatewayTrustDomain: enrollment.trustDomain)
    if !board.hasInnerIdentity {
      logger.warning(
        "no inner certificate: jobs with a checkout will fail",
        metadata: ["hint": "install one with 'sallyport trust issue', then restart"])
    }
    let registry = MetricsRegistry()
    let metrics = WorkerMetrics(in: registry)
    let ledger = LedgerConfiguration.settings(
      values, program: "sallyport-worker", stateDirectory: state.path)
    let (ending, wantsRestart) = try await OpenPolicyAgent.with(PolicyAgentSettings(values)) {
      agent in
      let edge = EdgeDialer(gateway, board: board)
      var settings = try WorkerSettings(
        values, stateDirectory: state.path, enrollment: enrollment, query: agent)
      settings.clock = edge.clock
      settings.takeSecretVariables()
      return try await Ledger.withLedger(ledger) { [settings] ledger in
        logger.report(ledger.opened)
        let worker = try await Worker.open(
          settings, ledger: ledger,
          checkouts: GitCheckoutProvider(
            mirrors: "\(state.path)/mirrors", limits: GitLimits(values),
            received: metrics.fetchBytes, logger: logger),
          metrics: metrics, logger: logger)
        WorkerCensus.register(worker, in: registry)
        LedgerHealth.register(ledger, in: registry)
        logger.info("worker starting", metadata: ["identity": "\(enrollment.spiffeID)"])
        let dialer = RecordingDialer(edge, gateway: "\(gateway.endpoint)", ledger: ledger)
        let ending = try await withTaskExecutorPreference(edge.executor) {
          try await serve(
            worker, ledger: ledger, dialer: dialer, board: board, state: state, health: health,
            metrics: registry, logger: logger)
        }
        return (ending, worker.wantsRestart)
      }
    }
    if wantsRestart {
      logger.notice("worker stopped, to be started again", metadata: ["results": "\(ending)"])
      throw ArgumentParser.ExitCode(SallyportCore.ExitCode.temporaryFailure)
    }
    if case .unsettled(let count) = ending {
      throw ErrorReport(
        "stopped before the gateway had \(count) results: they are kept in "
          + "\(state.path)/journal and reported after the next start",
        exitCode: SallyportCore.ExitCode.unavailable)
    }
    logger.info("worker stopped")
  }

  private func checkAll(_ values: ConfigValues) async throws {
    _ = try HealthAddress(values, WorkerCatalog.health)
    let gateway = GatewaySettings(values)
    _ = try WorkerSettings(
      values, stateDirectory: gateway.stateDirectory,
      enrollment: try gateway.checkState(as: .worker))
    try await PolicyAgentCheck.run(values, for: .worker)
    print("ok")
  }

  /// The options are short for keys of the configuration.
  private var configuration: ConfigOptions {
    var configuration = config
    if once { configuration.assignments.append("\(WorkerCatalog.once.name)=true") }
    if let idleExit {
      configuration.assignments.append("\(WorkerCatalog.idleExit.name)=\(idleExit)")
    }
    return configuration
  }

  /// Runs until the worker has ended; an identity that cannot be renewed ends the process.
  private func serve(
    _ worker: Worker, ledger: Ledger, dialer: RecordingDialer<EdgeDialer>, board: IdentityBoard,
    state: StateDirectory, health: HealthAddress, metrics: MetricsRegistry, logger: Logger
  ) async throws -> Worker.Ending {
    let supervisor = worker.makeSupervisor(dialer: dialer)
    let renewer = CertificateRenewer(
      state: state, role: .worker, supervisor: supervisor, logger: logger)
    ProcessMetrics.register(program: "sallyport-worker", in: metrics)
    SessionMetrics.register(supervisor.status, in: metrics)
    let healthBoard = HealthBoard(
      worker: worker, session: supervisor.status, ledger: ledger, metrics: metrics)
    return try await HealthServer(health, healthBoard, logger: logger).serve { _ in
      try await run(worker, supervisor, renewer, board: board, logger: logger)
    }
  }

  private func run(
    _ worker: Worker, _ supervisor: SessionSupervisor<RecordingDialer<EdgeDialer>>,
    _ renewer: CertificateRenewer, board: IdentityBoard, logger: Logger
  ) async throws -> Worker.Ending {
    try await withThrowingTaskGroup(of: Worker.Ending?.self) { group in
      group.addTask { await worker.run(sessions: supervisor) }
      group.addTask {
        try await renewer.run()
        return nil
      }
      group.addTask {
        try await IdentityRefresher(board, logger: logger).run()
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
  }

  private func obeySignals(_ worker: Worker, logger: Logger) async {
    var isDraining = false
    for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup) {
      if signal == .sighup {
        await worker.reloadPolicy()
        await worker.reloadSecrets()
      } else if isDraining {
        logger.warning("stopping now: running jobs are killed", metadata: ["signal": "\(signal)"])
        worker.stopNow()
      } else {
        logger.info("draining: no new jobs are taken", metadata: ["signal": "\(signal)"])
        worker.stop()
        isDraining = true
      }
    }
  }
}
