/// All series of one metric at one moment.
package struct MetricSnapshot: Sendable, Equatable {
  package struct Series: Sendable, Equatable {
    /// In the order of the description's labels.
    package let labels: [String]
    package let reading: MetricReading

    package init(labels: [String], reading: MetricReading) {
      self.labels = labels
      self.reading = reading
    }
  }

  package let description: MetricDescription
  /// In the order of their labels.
  package let series: [Series]

  package init(_ description: MetricDescription, series: [Series]) {
    self.description = description
    self.series = series.sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
  }
}
