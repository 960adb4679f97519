import SallyportMetrics

/// What is open in this process: counted when somebody asks.
enum OpenWork {
  private static let sessions = MetricDescription(
    "sallyport_gateway_sessions", .gauge, "Open sessions, by role.", labels: [.closed("role")])
  private static let relays = MetricDescription(
    "sallyport_gateway_relays_open", .gauge, "Relays whose two legs are joined.")
  private static let bytes = MetricDescription(
    "sallyport_gateway_relay_bytes_total", .counter,
    "Bytes that relays have carried, by where to: `worker` or `agent`.",
    labels: [.closed("to")])

  static let metrics = [sessions, relays, bytes]

  static func register(
    in registry: MetricsRegistry, sessions open: SessionRegistry, relays table: RelayTable
  ) {
    registry.collect(metrics) {
      let (workers, agents) = open.counts
      let (toWorker, toAgent) = table.carried
      return [
        MetricSample(sessions, ["worker"], workers), MetricSample(sessions, ["agent"], agents),
        MetricSample(relays, [], table.liveCount), MetricSample(bytes, ["worker"], toWorker),
        MetricSample(bytes, ["agent"], toAgent),
      ]
    }
  }
}
