import SallyportGateway
import SallyportMetrics
import SallyportTransport

/// Every metric of this process.
enum ProcessCatalog: MetricsCatalog {
  static func declare(in registry: MetricsRegistry) {
    ProcessMetrics.register(program: "sallyport-gateway", in: registry)
    GatewayMetrics.declare(in: registry)
    _ = ListenerMetrics.Families(in: registry)
  }
}
