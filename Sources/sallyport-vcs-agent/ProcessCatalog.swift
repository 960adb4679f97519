import SallyportEdge
import SallyportMetrics
import SallyportSession
import SallyportVCSAgent

/// Every metric of this process.
enum ProcessCatalog: MetricsCatalog {
  static func declare(in registry: MetricsRegistry) {
    ProcessMetrics.register(program: "sallyport-vcs-agent", in: registry)
    SessionMetrics.register(SessionStatus(), in: registry)
    LedgerHealth.declare(in: registry)
    AgentMetrics.declare(in: registry)
  }
}
