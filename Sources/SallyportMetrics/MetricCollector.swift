/// Metrics whose values are looked up at each scrape, because something else keeps them.
final class MetricCollector: Sendable {
  let descriptions: [MetricDescription]
  private let bounds: [String: LabelBound]
  private let sample: @Sendable () async throws -> [MetricSample]

  init(
    _ descriptions: [MetricDescription], maximumSeries: Int,
    sample: @escaping @Sendable () async throws -> [MetricSample]
  ) {
    self.descriptions = descriptions
    self.sample = sample
    bounds = Dictionary(
      uniqueKeysWithValues: descriptions.map {
        ($0.name, LabelBound($0.labels, maximum: maximumSeries))
      })
  }

  /// - Throws: Where a value could not be found: none of these metrics is shown then, since an old
  ///   value would be taken for a new one.
  func collect() async throws -> [MetricSnapshot] {
    var values: [String: [[String]: Double]] = [:]
    for sample in try await sample() {
      let name = sample.metric.name
      guard let labels = bounds[name]?.bounded(sample.labels) else { continue }
      values[name, default: [:]][labels, default: 0] += sample.value
    }
    return descriptions.map { description in
      MetricSnapshot(
        description,
        series: values[description.name, default: [:]].map {
          MetricSnapshot.Series(labels: $0.key, reading: .number($0.value))
        })
    }
  }
}
