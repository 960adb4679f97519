import SallyportCore
package import SallyportMetrics
import SallyportStore

/// The gateway's metrics. Tenants and pools are labels here and nowhere else, since the gateway's
/// operator knows them anyway; nothing else of a tenant is.
package struct GatewayMetrics: Sendable {
  private static let pool: [MetricLabel] = [.open("tenant"), .open("pool")]

  let jobsSubmitted: MetricFamily<Counter>
  let jobsEnded: MetricFamily<Counter>
  private let jobWait: MetricFamily<Histogram>
  let offers: Counter
  let offersReturned: Counter
  let leasesRenewed: Counter
  let leasesLost: Counter
  let sessionsOpened: MetricFamily<Counter>
  let relays: MetricFamily<Counter>
  let logBytes: Counter
  let logUncommitted: Gauge
  let logCommit: Histogram
  let denials: MetricFamily<Counter>

  package init(in registry: MetricsRegistry) {
    jobsSubmitted = registry.counters(
      "sallyport_gateway_jobs_submitted_total", "Jobs accepted from operators.", labels: Self.pool)
    jobsEnded = registry.counters(
      "sallyport_gateway_jobs_ended_total", "Jobs that reached a final state, by that state.",
      labels: Self.pool + [.closed("state")])
    jobWait = registry.histograms(
      "sallyport_gateway_job_wait_seconds",
      "From the submission of a job to its first offer to a worker.", labels: Self.pool, .waiting)
    offers = registry.counter(
      "sallyport_gateway_offers_total", "Offers of jobs to workers.")
    offersReturned = registry.counter(
      "sallyport_gateway_offers_returned_total",
      "Offers that a worker rejected or did not accept in time.")
    leasesRenewed = registry.counter(
      "sallyport_gateway_leases_renewed_total", "Renewals of leases, one for each attempt.")
    leasesLost = registry.counter(
      "sallyport_gateway_leases_lost_total",
      "Attempts whose lease expired, or whose worker no longer had them or was revoked.")
    sessionsOpened = registry.counters(
      "sallyport_gateway_sessions_opened_total", "Sessions that were opened, by role.",
      labels: [.closed("role")])
    relays = registry.counters(
      "sallyport_gateway_relays_total",
      "Relays asked for: `opened`, or `refused` with what the status says.",
      labels: [.closed("outcome"), .closed("status")])
    logBytes = registry.counter(
      "sallyport_gateway_log_bytes_total", "Bytes of logs that were stored and acknowledged.")
    logUncommitted = registry.gauge(
      "sallyport_gateway_log_uncommitted_bytes",
      "Bytes of logs that have arrived and are not committed yet.")
    logCommit = registry.histogram(
      "sallyport_gateway_log_commit_seconds",
      "From the arrival of a chunk of a log to its acknowledgement.", .latency)
    denials = registry.counters(
      "sallyport_gateway_denials_total",
      "Requests that were denied, by the action of the audit log, also those that it only counts.",
      labels: [.closed("action")])
  }

  /// For a job that is offered for the first time.
  func offered(_ job: JobRecord, at time: Timestamp) {
    offers.increment()
    guard job.epoch == 1 else { return }
    jobWait(job.tenant.rawValue, job.pool.rawValue).observe(time - job.submittedAt)
  }
}

extension GatewayMetrics: MetricsCatalog {
  package static func declare(in registry: MetricsRegistry) {
    _ = GatewayMetrics(in: registry)
    registry.collect(GatewayCensus.metrics) { [] }
    registry.collect(OpenWork.metrics) { [] }
    _ = StoreMetrics(in: registry)
  }
}
