/// A value that was found when somebody asked for it.
package struct MetricSample: Sendable, Equatable {
  package let metric: MetricDescription
  /// In the order of the metric's labels.
  package let labels: [String]
  package let value: Double

  package init(_ metric: MetricDescription, _ labels: [String] = [], _ value: Double) {
    self.metric = metric
    self.labels = labels
    self.value = value
  }

  package init(_ metric: MetricDescription, _ labels: [String] = [], _ value: some BinaryInteger) {
    self.init(metric, labels, Double(value))
  }
}
