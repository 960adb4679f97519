import Logging
import SallyportCore
import SallyportMetrics
import SallyportRelay
import SallyportStore

extension RelayService {
  /// Without effect where the leg was answered: an agent's leg ends here after its relay.
  func refuse(_ leg: any RelayLeg, _ refusal: RelayRefusal) {
    if case .vcsPool = RelayAuthority(leg.authority) {
      services.metrics.relays("refused", "\(refusal.status)").increment()
    }
    leg.refuse(refusal)
  }

  func noteOpening(of relay: PendingRelay) {
    services.metrics.relays("opened", "200").increment()
    services.logger.info("relay opens", metadata: metadata(of: relay))
  }

  func noteEnd(of relay: PendingRelay, _ ending: String) {
    var metadata = metadata(of: relay)
    metadata["to-worker"] = .stringConvertible(relay.meter.bytesToWorker)
    metadata["to-agent"] = .stringConvertible(relay.meter.bytesToAgent)
    metadata["reason"] = "\(ending)"
    services.logger.info("relay closes", metadata: metadata)
  }

  private func metadata(of relay: PendingRelay) -> Logger.Metadata {
    [
      "relay": "\(relay.id)", "job": "\(relay.attempt.job)",
      "epoch": .stringConvertible(relay.attempt.epoch), "tenant": "\(relay.worker.tenant)",
      "pool": "\(relay.vcsPool)", "worker": "\(relay.worker.id)",
    ]
  }
}
