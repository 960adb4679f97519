package import SallyportMetrics

/// The metrics of a process that keeps a session open.
package enum SessionMetrics {
  private static let open = MetricDescription(
    "sallyport_session_open", .gauge, "1 while there is a session with the gateway, else 0.")
  private static let age = MetricDescription(
    "sallyport_session_state_seconds", .gauge,
    "Since `sallyport_session_open` became what it is; absent before the first session.")
  private static let opened = MetricDescription(
    "sallyport_sessions_opened_total", .counter,
    "Sessions that were established: one more than there were reconnections and handovers.")

  package static func register(_ status: SessionStatus, in registry: MetricsRegistry) {
    registry.collect([open, age, opened]) {
      let samples = [
        MetricSample(open, [], status.isOpen ? 1 : 0), MetricSample(opened, [], status.opened),
      ]
      guard let duration = status.age?.components else { return samples }
      return samples + [
        MetricSample(age, [], Double(duration.seconds) + Double(duration.attoseconds) / 1e18)
      ]
    }
  }
}
