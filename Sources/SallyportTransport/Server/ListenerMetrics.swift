package import SallyportMetrics

/// What one listener counts.
package struct ListenerMetrics: Sendable {
  let accepted: Counter
  let refused: Counter
  let waiting: Gauge
  let open: Gauge
  let secured: Counter
  let failedHandshakes: Counter

  /// Counts for nobody.
  package init() {
    accepted = Counter()
    refused = Counter()
    waiting = Gauge()
    open = Gauge()
    secured = Counter()
    failedHandshakes = Counter()
  }

  private init(_ families: Families, _ listener: String) {
    accepted = families.accepted(listener)
    refused = families.refused(listener)
    waiting = families.waiting(listener)
    open = families.open(listener)
    secured = families.secured(listener)
    failedHandshakes = families.failedHandshakes(listener)
  }

  /// The metrics of all listeners of a process.
  package struct Families: Sendable {
    fileprivate let accepted: MetricFamily<Counter>
    fileprivate let refused: MetricFamily<Counter>
    fileprivate let waiting: MetricFamily<Gauge>
    fileprivate let open: MetricFamily<Gauge>
    fileprivate let secured: MetricFamily<Counter>
    fileprivate let failedHandshakes: MetricFamily<Counter>

    package init(in registry: MetricsRegistry) {
      let labels = [MetricLabel.closed("listener")]
      accepted = registry.counters(
        "sallyport_connections_accepted_total", "Connections whose handshake has begun.",
        labels: labels)
      refused = registry.counters(
        "sallyport_connections_refused_total",
        "Connections closed before their handshake began: the peer had left, too many of its address "
          + "waited, or it had waited too long.", labels: labels)
      waiting = registry.gauges(
        "sallyport_connections_waiting", "Connections that wait for their handshake to begin.",
        labels: labels)
      open = registry.gauges(
        "sallyport_connections_open", "Connections, also those in their handshake.",
        labels: labels)
      secured = registry.counters(
        "sallyport_handshakes_total", "TLS handshakes that were completed.", labels: labels)
      failedHandshakes = registry.counters(
        "sallyport_handshakes_failed_total",
        "Connections that ended before their TLS handshake was complete.", labels: labels)
    }

    package func listener(_ name: String) -> ListenerMetrics { ListenerMetrics(self, name) }
  }
}
