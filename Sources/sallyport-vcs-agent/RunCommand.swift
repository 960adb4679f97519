import ArgumentParser
import Logging
import SallyportAdmission
import SallyportConfig
import SallyportEdge
import SallyportHealth
import SallyportIdentity
import SallyportLedger
import SallyportMetrics
import SallyportPolicy
import SallyportPolicyAgent
import SallyportSession
import SallyportVCSAgent
import ServiceLifecycle
import UnixSignals

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Connect to the gateway and serve relays until SIGTERM.",
    discussion: "SIGHUP reads the policy file again: it decides about the requests from then on.")

  @OptionGroup var options: ConfigOptions

  @Flag(
    help: """
      Load configuration, enrollment, keys and policy, say ok and exit; also beside a VCS agent.
      """)
  var check = false

  func run() async throws {
    let values = try options.load(AgentSettings.schema)
    let plan = try AgentPlan(values)
    let gateway = GatewaySettings(values)
    if check {
      _ = try plan.grants(try gateway.checkState(as: .agent))
      try await PolicyAgentCheck.run(values, for: .agent)
      return print("ok")
    }
    LoggingSetup(values).bootstrap()
    let (state, record) = try gateway.openState(as: .agent)
    let grants = try plan.grants(record)
    let logger = Logger(label: "vcs-agent", identity: record.spiffeID)
    let board = try await IdentityBoard(
      state: state, role: .agent, gatewayTrustDomain: record.trustDomain)
    _ = try board.innerTLS()
    if plan.policy.current.policy.allowsNothing {
      logger.warning(
        "every fetch will be refused",
        metadata: ["hint": "neither 'policy.file' nor 'repositories' allows anything"])
    }
    let registry = MetricsRegistry()
    let metrics = AgentMetrics(in: registry)
    let requests = Slots(values[AgentSettings.requestCapacity])
    let ledger = LedgerConfiguration.settings(
      values, program: "sallyport-vcs-agent", stateDirectory: state.path)
    try await OpenPolicyAgent.with(plan.policyAgent) { query in
      try await Ledger.withLedger(ledger) { ledger in
        logger.report(ledger.opened)
        let policy = PolicyInForce(plan.policy, asking: query, ledger: ledger, logger: logger)
        try await policy.recordStart()
        let dialer = RecordingDialer(
          EdgeDialer(gateway, board: board), gateway: "\(gateway.endpoint)", ledger: ledger)
        try await UpstreamTable.with(
          plan.upstreams[...], connections: requests.capacity
        ) { upstreams in
          let session = AgentSession(
            relays: Slots(values[AgentSettings.relayCapacity]), requests: requests,
            displayName: values[AgentSettings.displayName] ?? HostName.current,
            externalID: record.externalID.rawValue, policy: plan.fetchPolicy(asking: query),
            upstreams: upstreams, grants: grants, ledger: ledger, metrics: metrics, logger: logger)
          AgentMetrics.register(session, in: registry)
          LedgerHealth.register(ledger, in: registry)
          try await Self.serve(
            session, ledger: ledger, dialer: dialer, board: board, policy: policy,
            state: state, health: plan.health, metrics: registry,
            drainTimeout: values[AgentSettings.drainTimeout], logger: logger)
        }
      }
    }
  }

  private static func serve(
    _ session: AgentSession, ledger: Ledger, dialer: RecordingDialer<EdgeDialer>,
    board: IdentityBoard, policy: PolicyInForce, state: StateDirectory, health: HealthAddress,
    metrics: MetricsRegistry, drainTimeout: Duration, logger: Logger
  ) async throws {
    let supervisor = SessionSupervisor(
      dialer: dialer, logger: logger,
      body: { link, control in try await session.run(link, control) })
    let renewer = CertificateRenewer(
      state: state, role: .agent, supervisor: supervisor, logger: logger)
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(
          service: supervisor, successTerminationBehavior: .gracefullyShutdownGroup,
          failureTerminationBehavior: .cancelGroup),
        .init(service: renewer, failureTerminationBehavior: .gracefullyShutdownGroup),
        .init(service: IdentityRefresher(board, logger: logger)),
        .init(service: PolicyReloader(policy)),
      ],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = drainTimeout
    ProcessMetrics.register(program: "sallyport-vcs-agent", in: metrics)
    SessionMetrics.register(supervisor.status, in: metrics)
    let healthBoard = HealthBoard(
      live: [.eventLoops()],
      ready: [.session(supervisor.status, grace: .zero), LedgerHealth.check(ledger)],
      metrics: metrics)
    let services = ServiceGroup(configuration: configuration)
    try await HealthServer(health, healthBoard, logger: logger).serve { _ in
      try await services.run()
    }
  }
}
