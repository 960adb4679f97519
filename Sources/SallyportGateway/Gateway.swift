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

  /// For the process before this one, and for the next.
  package var succession: Succession { services.succession }

  /// What this process shows as the time, for its successor to go on with.
  package var now: Timestamp { services.clock.now }

  /// What the other process of a succession has said.
  ///
  /// - Throws: Where the store cannot be read.
  package func heard(_ message: SuccessionMessage) async throws {
    guard case .changed(let id, let tenant) = message,
      let job = try await services.store.job(id, of: tenant)
    else { return }
    services.notifier.heard(job)
  }

  /// The other process says nothing any more, and its last words may have been lost: everybody who
  /// waits for something looks at the store again.
  ///
  /// - Throws: Where the store cannot be read.
  package func lookAgain() async throws {
    services.hub.tellAll()
    services.dispatcher.lookAgain()
    services.releases.ring(for: services.clock.now)
    for session in services.sessions.workers where !session.isDraining {
      guard let drain = try await services.store.drainRequest(of: session.worker) else { continue }
      session.signal(.drain(drain))
    }
  }

  /// Tells every session to move to another connection, and ends watches; no session opens any more.
  package func beginDrain() {
    services.status.drains()
    services.sessions.stop()
    services.hub.finish()
    services.poolEndings.watchers.finish()
  }

  /// Ends the sessions after ``beginDrain()``.
  ///
  /// Those that have a successor to move to end by themselves. Otherwise each is ended as soon as it
  /// carries no relay: what a worker fetches is not cut by its session's end. Returns when that is
  /// done; cancel it once the connections are gone.
  package func endSessions() async {
    guard !services.succession.isHandedOver else { return }
    for await _ in services.relays.removals() {
      let (workers, agents) = services.relays.users()
      guard services.sessions.end(exceptWorkers: workers, agents: agents) else { return }
    }
  }
}
