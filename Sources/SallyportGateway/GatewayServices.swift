import Logging
import SallyportCore
import SallyportIdentity
import SallyportMetrics
import SallyportStore

/// What the parts of a gateway share.
///
/// A class, because every task that serves a call holds it.
final class GatewayServices: Sendable {
  let store: any Store
  let ca: GatewayCA
  let clock: GatewayClock
  let sharedLimits: SharedLimits
  let logger: Logger
  let audit: AuditLog
  let authenticator: Authenticator
  let hub: ChangeHub
  let dispatcher: Dispatcher
  let releases: ReleaseAlarm
  let poolEndings = PoolEndings()
  let sessions: SessionRegistry
  let ticks: SessionTicks
  let relays: RelayTable
  let notifier: JobNotifier
  let digests: LogDigests
  let logStreams: LogStreams
  let connections: ConnectionCloser
  let metrics: GatewayMetrics
  let status = GatewayStatus()
  let succession: Succession

  init(
    store: any Store, ca: GatewayCA, clock: GatewayClock, limits: GatewayLimits,
    metrics registry: MetricsRegistry, logger: Logger
  ) {
    self.store = store
    self.ca = ca
    self.clock = clock
    sharedLimits = SharedLimits(limits)
    self.logger = logger
    metrics = GatewayMetrics(in: registry)
    audit = AuditLog(store: store, clock: clock, limits: limits, metrics: metrics)
    authenticator = Authenticator(
      trustDomain: ca.trustDomain, store: store, clock: clock, audit: audit)
    succession = Succession()
    hub = ChangeHub(succession: succession)
    dispatcher = Dispatcher()
    releases = ReleaseAlarm()
    sessions = SessionRegistry()
    ticks = SessionTicks(clock: clock, interval: limits.sessionTick)
    relays = RelayTable()
    digests = LogDigests()
    logStreams = LogStreams()
    connections = ConnectionCloser()
    notifier = JobNotifier(
      hub: hub, dispatcher: dispatcher, releases: releases, sessions: sessions, relays: relays,
      digests: digests, metrics: metrics, logger: logger)
    GatewayCensus.register(in: registry, store: store, clock: clock)
    OpenWork.register(in: registry, sessions: sessions, relays: relays)
  }

  var limits: GatewayLimits { sharedLimits.value }

  /// Ends whatever a revoked identity has open in this process.
  func revoked(_ subject: Revocation.Subject) async {
    switch subject {
    case .worker(let id):
      relays.cut(worker: id, reason: "the worker was revoked")
      sessions.signal(id, .end(.revoked))
    case .agent(let id):
      relays.cut(agent: id, reason: "the VCS agent was revoked")
      sessions.agent(id)?.signal(.end(.revoked))
    case .operatorNamed: break
    case .pool(let tenant, let name):
      let pool = PoolKey(tenant: tenant, pool: name)
      relays.cut(pool: pool, reason: "the pool was revoked")
      let ended = sessions.dismiss(reason: "the pool was revoked") { $0 == pool }
      hub.tellAll()
      poolEndings.alarm.ring(for: clock.now)
      await told(ended)
    case .tenant(let tenant):
      relays.cut(tenant: tenant, reason: "the tenant is purged")
      let ended = sessions.dismiss(reason: "the tenant is purged") { $0.tenant == tenant }
      // Whoever watches a job of it looks again, and finds none.
      hub.tellAll()
      await told(ended)
    }
    await connections.close(reason: "revoked") { identity in
      switch (subject, identity) {
      case (.tenant(let purged), _): identity.tenant == purged
      case (.pool(let tenant, let name), .worker(let ofTenant, let pool, _)),
        (.pool(let tenant, let name), .agent(let ofTenant, let pool, _)):
        tenant == ofTenant && name == pool
      case (.worker(let revoked), .worker(_, _, let id)): revoked == id
      case (.agent(let revoked), .agent(_, _, let id)): revoked == id
      case (.operatorNamed, .operatorNamed(let tenant, let name)):
        subject == .operatorNamed(tenant: tenant, name: name)
      default: false
      }
    }
  }

  /// What a worker is to stop goes out before its connection is closed: it would go on until its lease is
  /// over. Not for long: who does not read is closed all the same.
  private func told(_ ended: AsyncStream<Never>) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in ended {} }
      group.addTask { [clock, limits] in try? await clock.sleep(limits.farewellTimeout) }
      await group.next()
      group.cancelAll()
    }
  }
}
