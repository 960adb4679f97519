import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportHealth
import SallyportMetrics
import SallyportStore
import SallyportTransport

extension HealthBoard {
  /// What a gateway that has begun to serve says about itself.
  init(
    gateway: Gateway, listeners: OpenListeners, limits: GatewayLimits, metrics: MetricsRegistry
  ) {
    let status = gateway.status
    self.init(
      live: [
        .eventLoops([ServerLoops.shared.group, ServerLoops.apartFromRelays.group]),
        // Far more than a commit on a slow disk takes: starting again mends no disk.
        .loop("maintenance", status.visits, within: limits.sweepInterval + .seconds(60)),
        .loop(
          "revocations", status.revocationChecks, within: limits.revocationInterval + .seconds(60)),
      ],
      ready: [
        HealthCheck("listeners") {
          let names = listeners.names
          return names.isEmpty
            ? .failing("not open yet") : .passing("\(names.joined(separator: ", ")) open")
        },
        HealthCheck("store") {
          if let reason = gateway.storeHealth.reason { return .failing(reason) }
          // A write that hangs makes no failure known.
          let age = status.writes.age
          return age <= limits.sweepInterval + .seconds(15)
            ? .passing("writable") : .failing("no write for \(age.components.seconds) s")
        },
        HealthCheck("draining") { status.isDraining ? .failing("stopping") : .passing("no") },
      ], metrics: metrics)
  }
}
