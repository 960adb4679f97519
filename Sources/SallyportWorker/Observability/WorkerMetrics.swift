package import SallyportMetrics
import SallyportProtos
import SallyportSecrets

/// The worker's metrics. No label says whose job it was.
package struct WorkerMetrics: Sendable {
  private let attempts: MetricFamily<Counter>
  let attempt: Histogram
  let admission: Histogram
  let checkout: Histogram
  private let providers: MetricFamily<Counter>
  private let provider: MetricFamily<Histogram>
  /// For the one who fetches.
  package let fetchBytes: Counter

  package init(in registry: MetricsRegistry) {
    attempts = registry.counters(
      "sallyport_worker_attempts_total", "Attempts that ended here, by outcome.",
      labels: [.closed("outcome")])
    attempt = registry.histogram(
      "sallyport_worker_attempt_seconds", "From the acceptance of an attempt to its end.", .waiting)
    admission = registry.histogram(
      "sallyport_worker_admission_seconds",
      "From an offer that was taken to the decision whether it may run; an allowed one's is then "
        + "on the disk, in the ledger.", .deciding)
    checkout = registry.histogram(
      "sallyport_worker_checkout_seconds",
      "Checkouts, with waiting for the mirror, fetch and all tries, also those that failed.",
      .waiting)
    providers = registry.counters(
      "sallyport_worker_secret_provider_calls_total",
      "Calls of secret providers, by kind (file, environment, command) and result (ok, or why not).",
      labels: [.closed("provider"), .closed("result")])
    provider = registry.histograms(
      "sallyport_worker_secret_provider_seconds",
      "How long secret providers took, by kind, also where they failed.",
      labels: [.closed("provider")], .waiting)
    fetchBytes = registry.counter(
      "sallyport_worker_fetch_bytes_total", "Bytes of Git answers that came through relays.")
  }

  func ended(_ outcome: Sallyport_Worker_V1_AttemptOutcome, since began: ContinuousClock.Instant) {
    attempts(Self.name(of: outcome)).increment()
    attempt.observe(ContinuousClock.now - began)
  }

  /// - Parameter result: `ok`, `cancelled`, or a code of `SecretFailure`.
  func provided(_ kind: SecretProvider.Kind, _ result: String, since began: ContinuousClock.Instant)
  {
    providers(kind.rawValue, result).increment()
    provider(kind.rawValue).observe(ContinuousClock.now - began)
  }

  private static func name(of outcome: Sallyport_Worker_V1_AttemptOutcome) -> String {
    switch outcome {
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .cancelled: "cancelled"
    case .timedOut: "timed_out"
    case .lost: "lost"
    case .unspecified, .UNRECOGNIZED: "unknown"
    }
  }
}

extension WorkerMetrics: MetricsCatalog {
  package static func declare(in registry: MetricsRegistry) {
    _ = WorkerMetrics(in: registry)
    registry.collect(WorkerCensus.metrics) { [] }
  }
}
