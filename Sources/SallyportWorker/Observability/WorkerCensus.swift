package import SallyportMetrics
import Synchronization

/// What a worker has at hand: counted when somebody asks.
package enum WorkerCensus {
  private static let running = MetricDescription(
    "sallyport_worker_jobs_running", .gauge, "Attempts that occupy a slot.")
  private static let capacity = MetricDescription(
    "sallyport_worker_jobs_capacity", .gauge, "Slots: `jobs.capacity`.")
  private static let unsettled = MetricDescription(
    "sallyport_worker_results_unsettled", .gauge,
    "Results that are journaled and that the gateway has not acknowledged.")
  private static let lease = MetricDescription(
    "sallyport_worker_lease_remaining_seconds", .gauge,
    "Until the first running attempt is killed unless its lease is renewed; absent where none runs."
  )
  private static let waiting = MetricDescription(
    "sallyport_worker_spool_waiting_bytes", .gauge,
    "Bytes of logs that the gateway has not acknowledged.")
  private static let uploaded = MetricDescription(
    "sallyport_worker_log_uploaded_bytes_total", .counter,
    "Bytes of logs that the gateway has acknowledged.")
  private static let journal = MetricDescription(
    "sallyport_worker_journal_bytes", .gauge, "Length of the journal.")

  static let metrics = [running, capacity, unsettled, lease, waiting, uploaded, journal]

  package static func register(_ worker: Worker, in registry: MetricsRegistry) {
    registry.collect(metrics) {
      let table = worker.state.withLock { $0.table }
      var samples = [
        MetricSample(running, [], table.active), MetricSample(capacity, [], table.capacity),
        MetricSample(unsettled, [], table.entries.count - table.active),
        MetricSample(waiting, [], worker.spools.waiting),
        MetricSample(uploaded, [], worker.spools.acknowledged),
        MetricSample(journal, [], await worker.journal.length),
      ]
      if let fence = table.nextFence {
        let left = BootInstant.now().duration(to: fence).components
        samples.append(
          MetricSample(lease, [], Double(left.seconds) + Double(left.attoseconds) / 1e18))
      }
      return samples
    }
  }
}
