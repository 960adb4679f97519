import SallyportMetrics
import SallyportSession

/// Every metric of this process.
enum ProcessCatalog: MetricsCatalog {
  static func declare(in registry: MetricsRegistry) {
    ProcessMetrics.register(program: "sallyport-vcs-agent", in: registry)
    SessionMetrics.register(SessionStatus(), in: registry)
  }
}
