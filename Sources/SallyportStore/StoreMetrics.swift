package import SallyportMetrics

/// What a store does, whichever it is.
package struct StoreMetrics: Sendable {
  package let commit: Histogram
  package let batchSize: Histogram
  package let queued: Gauge
  package let refused: Counter
  package let failed: Counter

  /// A group commit is durable.
  package func committed(_ transactions: Int, since began: ContinuousClock.Instant) {
    commit.observe(ContinuousClock.now - began)
    batchSize.observe(count: transactions)
  }

  package init(in registry: MetricsRegistry) {
    commit = registry.histogram(
      "sallyport_store_commit_seconds", "From the beginning of a group commit until it is durable.",
      .latency)
    batchSize = registry.histogram(
      "sallyport_store_batch_transactions", "Transactions in one group commit.",
      .counts([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]))
    queued = registry.gauge(
      "sallyport_store_queued_writes", "Transactions that wait for a group commit.")
    refused = registry.counter(
      "sallyport_store_refused_writes_total",
      "Transactions that were refused because too many waited.")
    failed = registry.counter(
      "sallyport_store_failed_commits_total",
      "Group commits that failed: nothing of them is stored.")
  }
}
