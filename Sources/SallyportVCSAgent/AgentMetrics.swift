package import SallyportMetrics

/// The VCS agent's metrics. No label says which repository it was.
package struct AgentMetrics: Sendable {
  private static let relays = MetricDescription(
    "sallyport_agent_relays_open", .gauge, "Relays that are being served.")
  private static let relayCapacity = MetricDescription(
    "sallyport_agent_relays_capacity", .gauge, "Relays served at once: `relays.capacity`.")
  private static let open = MetricDescription(
    "sallyport_agent_requests_open", .gauge, "Requests that an upstream is being asked.")
  private static let occupancy = [relays, relayCapacity, open]

  private let relaysEnded: MetricFamily<Counter>
  private let requests: MetricFamily<Counter>
  private let request: Histogram
  let grant: Histogram
  private let bytes: MetricFamily<Counter>

  package init(in registry: MetricsRegistry) {
    relaysEnded = registry.counters(
      "sallyport_agent_relays_total",
      "Relays that ended: `served`, `failed`, or `refused` because there was no room.",
      labels: [.closed("outcome")])
    requests = registry.counters(
      "sallyport_agent_requests_total",
      "Requests of workers: `served`, `refused` with an answer, or `reset` because the answer broke "
        + "off.", labels: [.closed("outcome")])
    request = registry.histogram(
      "sallyport_agent_request_seconds",
      "From a request to the end of its answer, with all that the upstream took; not of refused "
        + "ones.", .latency)
    grant = registry.histogram(
      "sallyport_agent_grant_seconds", "Checks of a signed job that a worker showed.", .deciding)
    bytes = registry.counters(
      "sallyport_agent_bytes_total",
      "Bytes of requests (`from_worker`) and of answers (`to_worker`).",
      labels: [.closed("direction")])
  }

  func ended(_ record: RequestRecord, bytesIn: Int, bytesOut: UInt64) {
    switch record.outcome {
    case .served: requests("served").increment()
    case .refused: requests("refused").increment()
    case .reset: requests("reset").increment()
    }
    if case .refused = record.outcome {} else { request.observe(record.age) }
    bytes("from_worker").add(bytesIn)
    bytes("to_worker").add(bytesOut)
  }

  func relayRefused() { relaysEnded("refused").increment() }

  func relayEnded(served: Bool) { relaysEnded(served ? "served" : "failed").increment() }

  package static func register(_ session: AgentSession, in registry: MetricsRegistry) {
    registry.collect(occupancy) {
      [
        MetricSample(relays, [], session.relays.inUse),
        MetricSample(relayCapacity, [], session.relays.capacity),
        MetricSample(open, [], session.requests.inUse),
      ]
    }
  }
}

extension AgentMetrics: MetricsCatalog {
  package static func declare(in registry: MetricsRegistry) {
    _ = AgentMetrics(in: registry)
    registry.collect(occupancy) { [] }
  }
}
