import NIOHTTP1
package import SallyportMetrics

/// What one process says about itself.
package struct HealthBoard: Sendable {
  /// The process lives: where one fails, it should be started again.
  private let live: [HealthCheck]
  /// It does its work now: where one fails, work should not be sent here.
  private let ready: [HealthCheck]
  private let metrics: MetricsRegistry

  /// - Parameter ready: What is asked besides `live`.
  package init(live: [HealthCheck], ready: [HealthCheck], metrics: MetricsRegistry) {
    self.live = live
    self.ready = ready
    self.metrics = metrics
  }

  func answer(_ request: HealthRequest) async -> HealthAnswer {
    switch request {
    case .live(let asJSON): HealthAnswer(await HealthReport(asking: live), asJSON: asJSON)
    case .ready(let asJSON):
      HealthAnswer(await HealthReport(asking: live + ready), asJSON: asJSON)
    case .metrics: HealthAnswer(metrics: await metrics.text())
    case .refused(let status): HealthAnswer(refusal: status)
    }
  }
}
