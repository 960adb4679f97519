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
    let values = try config.load(GatewaySettings.schema)
    LoggingSetup(values).bootstrap()
    let logger = Logger(label: "sallyport.gateway")
    let health = try HealthAddress(values, GatewaySettings.health)
    let metrics = MetricsRegistry()
    ProcessMetrics.register(program: "sallyport-gateway", in: metrics)
    let installation = try Installation(values, metrics: StoreMetrics(in: metrics))
    let ca = installation.ca
    let limits = GatewayLimits(values)
    let gateway = Gateway(
      store: installation.store, ca: ca, limits: limits, metrics: metrics, logger: logger)
    let names = try installation.serverNames()
    let certificate = try values.using(GatewaySettings.serverDirectory) { directory in
      try ServerCertificate(
        ca: ca, names: names, lifetime: values[LimitSettings.certificateLifetime],
        directory: directory, logger: logger)
    }

    let make = GatewayListener.Maker(
      values: values, certificate: certificate, ca: ca, refusals: gateway.refusals,
      metrics: ListenerMetrics.Families(in: metrics), logger: logger)
    let listeners = [
      make.listener(
        "agents", GatewaySettings.agents, roles: [.worker, .agent],
        services: gateway.agentsServices, relays: gateway.relays),
      make.listener(
        "enroll", GatewaySettings.enroll, roles: nil, services: gateway.enrollServices),
      make.listener(
        "operator", GatewaySettings.operators, roles: [.operatorNamed],
        services: gateway.operatorServices),
    ]
    for listener in listeners { gateway.attach(listener.liveConnections) }

    // Stopped from the last to the first: sessions drain before the listeners close.
    let opened = OpenListeners()
    let ports = PortsReport(
      listeners: listeners, file: values[GatewaySettings.portsFile], opened: opened, logger: logger)
    let services: [any Service] =
      [gateway.maintenance, gateway.refusals, certificate] + listeners + [
        ports, gateway.sessionDrain,
      ]
    let group = ServiceGroup(
      configuration: .init(
        services: services.map { .init(service: $0) },
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    let board = HealthBoard(
      gateway: gateway, listeners: opened, limits: limits, metrics: metrics)
    try await HealthServer(health, board, logger: logger).serve { _ in try await group.run() }
    try await installation.store.close()
  }
}
