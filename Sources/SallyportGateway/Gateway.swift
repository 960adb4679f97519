package import GRPCCore
package import Logging
package import SallyportIdentity
package import SallyportMetrics
package import SallyportRelay
package import SallyportStore

/// The domain core of the gateway: services for each listener, without the listeners.
package struct Gateway: Sendable {
  let services: GatewayServices
  /// For the listeners to say whom they turned away.
  package let refusals: RefusedPeers

  package init(
    store: any Store, ca: GatewayCA, limits: GatewayLimits = GatewayLimits(),
    clock: GatewayClock = .system(), metrics: MetricsRegistry = MetricsRegistry(),
    logger: Logger
  ) {
    services = GatewayServices(
      store: store, ca: ca, clock: clock, limits: limits, metrics: metrics, logger: logger)
    refusals = RefusedPeers(audit: services.audit, logger: logger)
  }

  /// For the health endpoint.
  package var status: GatewayStatus { services.status }

  package var storeHealth: StoreHealth { services.store.health }

  /// For workers and VCS agents.
  package var agentsServices: [any RegistrableRPCService] {
    [
      WorkerServiceHandler(services: services), VCSServiceHandler(services: services),
      IdentityServiceHandler(services: services),
    ]
  }

  /// For callers without a certificate.
  package var enrollServices: [any RegistrableRPCService] {
    [EnrollServiceHandler(services: services)]
  }

  package var operatorServices: [any RegistrableRPCService] {
    [
      OperatorServiceHandler(services: services),
      IdentityServiceHandler(services: services),
    ]
  }

  /// For the agents listener.
  package var relays: any ConnectHandler { RelayService(services: services) }

  /// Lets revocation close connections of a listener.
  package func attach(_ connections: any LiveConnections) {
    services.connections.attach(connections)
  }

  /// Heartbeat and sweeps; without it no lease ever expires.
  package var maintenance: GatewayMaintenance { GatewayMaintenance(services: services) }

  /// Ends sessions and watches when the process is asked to stop. Runs as the last service of its
  /// group, so that it is stopped first, before the listeners.
  package var sessionDrain: SessionDrain { SessionDrain(services: services) }
}
