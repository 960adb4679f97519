import SallyportMetrics
import SallyportRelay

/// What relays have carried that are over.
final class PastTraffic: Sendable {
  private let worker = Counter()
  private let agent = Counter()

  var toWorkers: UInt64 { worker.current }
  var toAgents: UInt64 { agent.current }

  func add(_ meter: RelayMeter) {
    worker.add(meter.bytesToWorker)
    agent.add(meter.bytesToAgent)
  }
}
