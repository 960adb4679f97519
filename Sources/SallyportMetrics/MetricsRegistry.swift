import Synchronization

/// The metrics of one process.
///
/// Each is declared once, with its name, meaning and labels; docs/operations.md lists exactly what
/// was declared. Instruments are atomics: to count costs no lock and no allocation.
package final class MetricsRegistry: Sendable {
  private struct State {
    var names: Set<String> = []
    var sources: [any MetricSource] = []
    var collectors: [MetricCollector] = []
  }

  /// Combinations of open label values that get series of their own, for each metric.
  package static let defaultMaximumSeries = 200
  /// How long a collector may take.
  package static let collectorTimeout = Duration.seconds(2)

  private let state = Mutex(State())
  private let maximumSeries: Int
  private let failures: Counter

  package init(maximumSeries: Int = MetricsRegistry.defaultMaximumSeries) {
    self.maximumSeries = maximumSeries
    let source = MetricFamily(
      MetricDescription(
        "sallyport_metrics_failures_total", .counter,
        "Groups of metrics that a scrape left out because their values could not be found in time."
      ), maximumSeries: 1, make: { Counter() })
    failures = source()
    add(source)
  }

  // MARK: - Declaring

  package func counter(_ name: String, _ help: String) -> Counter {
    counters(name, help, labels: [])()
  }

  package func counters(
    _ name: String, _ help: String, labels: [MetricLabel]
  ) -> MetricFamily<Counter> {
    family(MetricDescription(name, .counter, help, labels: labels)) { Counter() }
  }

  package func gauge(_ name: String, _ help: String) -> Gauge { gauges(name, help, labels: [])() }

  package func gauges(
    _ name: String, _ help: String, labels: [MetricLabel]
  ) -> MetricFamily<Gauge> {
    family(MetricDescription(name, .gauge, help, labels: labels)) { Gauge() }
  }

  package func histogram(
    _ name: String, _ help: String, _ buckets: HistogramBuckets
  ) -> Histogram {
    histograms(name, help, labels: [], buckets)()
  }

  package func histograms(
    _ name: String, _ help: String, labels: [MetricLabel], _ buckets: HistogramBuckets
  ) -> MetricFamily<Histogram> {
    family(MetricDescription(name, .histogram, help, labels: labels)) { Histogram(buckets) }
  }

  /// Counters and gauges whose values are looked up at each scrape.
  ///
  /// - Parameter sample: Should end early when its task is cancelled: at ``collectorTimeout``.
  package func collect(
    _ metrics: [MetricDescription],
    _ sample: @escaping @Sendable () async throws -> [MetricSample]
  ) {
    let collector = MetricCollector(metrics, maximumSeries: maximumSeries, sample: sample)
    state.withLock { state in
      for metric in metrics { Self.claim(metric, in: &state) }
      state.collectors.append(collector)
    }
  }

  private func family<Metric: Instrument>(
    _ description: MetricDescription, _ make: @escaping @Sendable () -> Metric
  ) -> MetricFamily<Metric> {
    let family = MetricFamily(description, maximumSeries: maximumSeries, make: make)
    add(family)
    return family
  }

  private func add(_ source: some MetricSource) {
    state.withLock { state in
      Self.claim(source.description, in: &state)
      state.sources.append(source)
    }
  }

  private static func claim(_ metric: MetricDescription, in state: inout State) {
    let isNew = state.names.insert(metric.name).inserted
    precondition(isNew, "\(metric.name) is declared twice")
  }

  // MARK: - Reading

  /// Everything declared, by name.
  package var descriptions: [MetricDescription] {
    let (sources, collectors) = state.withLock { ($0.sources, $0.collectors) }
    return (sources.map(\.description) + collectors.flatMap(\.descriptions))
      .sorted { $0.name < $1.name }
  }

  /// The values of all metrics, by name. What a collector does not find in time is left out and
  /// counted.
  package func snapshot() async -> [MetricSnapshot] {
    let (sources, collectors) = state.withLock { ($0.sources, $0.collectors) }
    let collected = await withTaskGroup(of: [MetricSnapshot].self) { group in
      for collector in collectors {
        group.addTask { await self.collect(collector) }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    return (sources.map { $0.snapshot() } + collected)
      .sorted { $0.description.name < $1.description.name }
  }

  private func collect(_ collector: MetricCollector) async -> [MetricSnapshot] {
    let found = await withTaskGroup(of: [MetricSnapshot]?.self) { group in
      group.addTask { try? await collector.collect() }
      group.addTask {
        try? await Task.sleep(for: Self.collectorTimeout)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    if found == nil { failures.increment() }
    return found ?? []
  }
}
