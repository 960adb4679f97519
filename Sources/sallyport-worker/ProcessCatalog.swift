import SallyportEdge
import SallyportMetrics
import SallyportSession
import SallyportWorker

/// Every metric of this process.
enum ProcessCatalog: MetricsCatalog {
  static func declare(in registry: MetricsRegistry) {
    ProcessMetrics.register(program: "sallyport-worker", in: registry)
    SessionMetrics.register(SessionStatus(), in: registry)
    LedgerHealth.declare(in: registry)
    WorkerMetrics.declare(in: registry)
  }
}
