import ArgumentParser
import Logging
import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportHealth
import SallyportIdentity
import SallyportLedger
import SallyportMetrics
import SallyportPolicy
import SallyportSession
import SallyportSigning
import SallyportVCSAgent
import ServiceLifecycle
import UnixSignals

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Connect to the gateway and serve relays until SIGTERM.")

  @OptionGroup var options: ConfigOptions

  func run() async throws {
    let values = try options.load(AgentSettings.schema)
    LoggingSetup(values).bootstrap()
    let plans = try UpstreamPlan.all(values)
    let allowlist = try Self.allowlist(values)
    let health = try HealthAddress(values, AgentSettings.health)
    let gateway = GatewaySettings(values)
    let (state, record) = try gateway.openState(as: .agent)
    let grants = try Self.grants(values, record, state: state)
    let logger = Logger(label: "vcs-agent", identity: record.spiffeID)
    let board = try await IdentityBoard(
      state: state, role: .agent, gatewayTrustDomain: record.trustDomain)
    _ = try board.innerTLS()
    if allowlist.patterns.isEmpty {
      logger.warning("'repositories' is empty: every fetch will be refused")
    }
    let registry = MetricsRegistry()
    let metrics = AgentMetrics(in: registry)
    let requests = Slots(values[AgentSettings.requestCapacity])
    let ledger = LedgerConfiguration.settings(
      values, program: "sallyport-vcs-agent", stateDirectory: state.path)
    try await Ledger.withLedger(ledger) { ledger in
      logger.report(ledger.opened)
      let dialer = RecordingDialer(
        EdgeDialer(gateway, board: board), gateway: "\(gateway.endpoint)", ledger: ledger)
      try await UpstreamTable.with(plans[...], connections: requests.capacity) { upstreams in
        let session = AgentSession(
          relays: Slots(values[AgentSettings.relayCapacity]), requests: requests,
          displayName: values[AgentSettings.displayName] ?? HostName.current,
          externalID: record.externalID.rawValue, policy: allowlist, upstreams: upstreams,
          grants: grants, ledger: ledger, metrics: metrics, logger: logger)
        AgentMetrics.register(session, in: registry)
        try await Self.serve(
          session, dialer: dialer, board: board, state: state, health: health,
          metrics: registry, drainTimeout: values[AgentSettings.drainTimeout], logger: logger)
      }
    }
  }

  private static func serve(
    _ session: AgentSession, dialer: RecordingDialer<EdgeDialer>, board: IdentityBoard,
    state: StateDirectory, health: HealthAddress, metrics: MetricsRegistry,
    drainTimeout: Duration, logger: Logger
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
      ],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = drainTimeout
    ProcessMetrics.register(program: "sallyport-vcs-agent", in: metrics)
    SessionMetrics.register(supervisor.status, in: metrics)
    let healthBoard = HealthBoard(
      live: [.eventLoops()], ready: [.session(supervisor.status, grace: .zero)], metrics: metrics)
    let services = ServiceGroup(configuration: configuration)
    try await HealthServer(health, healthBoard, logger: logger).serve { _ in
      try await services.run()
    }
  }

  private static func grants(
    _ values: ConfigValues, _ record: EnrollmentRecord, state: StateDirectory
  ) throws -> GrantRules {
    guard case .agent(let tenant, let pool, _)? = GatewayIdentity(record.spiffeID) else {
      throw ErrorReport(
        "\(state.path) is enrolled as \(record.spiffeID), which is no VCS agent: enroll again",
        exitCode: SallyportCore.ExitCode.configuration)
    }
    return GrantRules(
      audience: Audience(
        tenant: tenant, externalID: record.externalID.rawValue, pool: .vcs(pool)),
      keys: try SigningKeySettings.files(values, requiredBy: AgentSettings.requireGrant),
      isRequired: values[AgentSettings.requireGrant])
  }

  private static func allowlist(_ values: ConfigValues) throws(ConfigError) -> RepositoryAllowlist {
    let patterns = try values[AgentSettings.repositories].map { text throws(ConfigError) in
      do throws(InvalidPattern) {
        return try RepositoryPattern(text)
      } catch {
        throw ConfigError(
          code: .invalidValue, origin: values.origin(of: AgentSettings.repositories),
          key: AgentSettings.repositories.name,
          expected: "a repository pattern such as team/*", found: text, hint: error.reason)
      }
    }
    return RepositoryAllowlist(patterns)
  }
}
