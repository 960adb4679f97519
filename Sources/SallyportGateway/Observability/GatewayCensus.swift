import SallyportCore
import SallyportMetrics
import SallyportStore

/// What the store has: counted when somebody asks.
enum GatewayCensus {
  private static let jobs = MetricDescription(
    "sallyport_gateway_jobs", .gauge,
    "Jobs that are not over, by state: `queued`, `offered`, `running` (each holds a lease).",
    labels: [.open("tenant"), .open("pool"), .closed("state")])
  private static let oldest = MetricDescription(
    "sallyport_gateway_oldest_queued_job_seconds", .gauge,
    "Since the submission of the job that has been in a queue for longest; 0 where none is.")

  static let metrics = [jobs, oldest]

  static func register(in registry: MetricsRegistry, store: any Store, clock: GatewayClock) {
    registry.collect(metrics) {
      let census = try await store.jobCensus()
      let now = clock.now
      let age = census.compactMap(\.oldestQueued).min().map { now - $0 } ?? .zero
      return census.flatMap { entry in
        [("queued", entry.queued), ("offered", entry.offered), ("running", entry.running)].map {
          MetricSample(jobs, [entry.tenant.rawValue, entry.pool.rawValue, $0], $1)
        }
      } + [MetricSample(oldest, [], Double(max(0, age.wholeMilliseconds)) / 1_000)]
    }
  }
}
