import Synchronization

/// The series of one metric, one for each combination of label values.
///
/// Who counts often keeps the instrument; looking it up takes a lock.
package final class MetricFamily<Metric: Instrument>: MetricSource {
  let description: MetricDescription
  private let bound: LabelBound
  private let make: @Sendable () -> Metric
  private let series = Mutex<[[String]: Metric]>([:])

  init(
    _ description: MetricDescription, maximumSeries: Int, make: @escaping @Sendable () -> Metric
  ) {
    self.description = description
    self.make = make
    bound = LabelBound(description.labels, maximum: maximumSeries)
  }

  /// The instrument for these values, in the order of the labels; made at its first use.
  package func callAsFunction(_ values: String...) -> Metric {
    let values = bound.bounded(values)
    return series.withLock { series in
      if let metric = series[values] { return metric }
      let metric = make()
      series[values] = metric
      return metric
    }
  }

  func snapshot() -> MetricSnapshot {
    let series = series.withLock { $0 }
    return MetricSnapshot(
      description,
      series: series.map { MetricSnapshot.Series(labels: $0.key, reading: $0.value.reading) })
  }
}
