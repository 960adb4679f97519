/// A metric of a registry.
protocol MetricSource: Sendable {
  var description: MetricDescription { get }
  func snapshot() -> MetricSnapshot
}
