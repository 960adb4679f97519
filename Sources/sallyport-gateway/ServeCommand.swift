import ArgumentParser
import Logging
import SallyportConfig
import SallyportGateway
import SallyportHealth
import SallyportIdentity
import SallyportMetrics
import SallyportStore
import SallyportStoreSQLite
import SallyportTransport
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Run the gateway.")

  @OptionGroup var config: ConfigOptions

  func run() async throws {
    OpenFiles.raiseLimit()
    let program = ProgramStart.current()
    let notifier = ServiceNotifier(environment: program.environment)
    let startup = try Startup(environment: program.environment)
    let values = try config.load(GatewaySettings.schema)
    LoggingSetup(values).bootstrap()
    let logger = Logger(label: "sallyport.gateway")
    let health = try HealthAddress(values, GatewaySettings.health)
    let healthHost = HostPort(host: health.host, port: health.port)
    let healthSocket = NamedSocket(
      name: Startup.healthName, address: healthHost,
      socket: try startup.socket(Startup.healthName, at: healthHost))
    let metrics = MetricsRegistry()
    ProcessMetrics.register(program: "sallyport-gateway", in: metrics)
    let installation = try Installation(values, metrics: StoreMetrics(in: metrics))
    try await installation.openKeys(logger)
    let ca = installation.ca
    let limits = GatewayLimits(values)
    let gateway = Gateway(
      store: installation.store, ca: ca, limits: limits,
      clock: .system(startingAt: startup.time), metrics: metrics, logger: logger)
    let names = try installation.serverNames()
    let certificate = try values.using(GatewaySettings.serverDirectory) { directory in
      try ServerCertificate(
        ca: ca, names: names, lifetime: values[LimitSettings.certificateLifetime],
        directory: directory, logger: logger)
    }

    let make = GatewayListener.Maker(
      values: values, startup: startup, certificate: certificate, ca: ca,
      refusals: gateway.refusals, metrics: ListenerMetrics.Families(in: metrics), logger: logger)
    let listeners = [
      try make.listener(
        "agents", GatewaySettings.agents, roles: [.worker, .agent],
        services: gateway.agentsServices, relays: gateway.relays),
      try make.listener(
        "enroll", GatewaySettings.enroll, roles: nil, services: gateway.enrollServices),
      try make.listener(
        "operator", GatewaySettings.operators, roles: [.operatorNamed],
        services: gateway.operatorServices),
    ]
    for listener in listeners { gateway.attach(listener.liveConnections) }
    let line = SuccessionLine(gateway: gateway, logger: logger)
    if let predecessor = startup.line {
      line.add(predecessor) { event in
        guard event != .ready else { return }
        for listener in listeners { listener.startAccepting() }
      }
    }

    // Stopped from the last to the first: sweeps and revocations go on until the last connection is
    // gone.
    let opened = OpenListeners()
    let services: [any Service] = [
      line, gateway.maintenance, gateway.refusals, certificate,
      GatewayServer(gateway: gateway, listeners: listeners, notifier: notifier),
      PortsReport(
        listeners: listeners, file: values[GatewaySettings.portsFile], opened: opened,
        announce: {
          notifier.ready()
          gateway.succession.announce()
        }, logger: logger),
    ]
    let (retirement, retire) = AsyncStream<Void>.makeStream()
    let successor = SuccessorService(
      gateway: gateway, sockets: listeners.map(\.namedSocket) + [healthSocket], line: line,
      program: program, notifier: notifier,
      stopAccepting: { for listener in listeners { await listener.stopAccepting() } },
      onHandover: { retire.finish() }, logger: logger)
    let group = ServiceGroup(
      configuration: .init(
        services: services.map { .init(service: $0) } + [
          .init(service: successor, successTerminationBehavior: .gracefullyShutdownGroup)
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    let board = HealthBoard(
      gateway: gateway, listeners: opened, limits: limits, metrics: metrics)
    // The successor answers for the gateway: this process no longer does.
    let healthServer = HealthServer(
      health, board, socket: { try healthSocket.socket.duplicate() }, until: retirement,
      logger: logger)
    try await healthServer.serve { _ in try await group.run() }
    try await installation.store.close()
  }
}
