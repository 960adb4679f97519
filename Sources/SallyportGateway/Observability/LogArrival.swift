import SallyportMetrics

/// One chunk of a log, from its arrival to its acknowledgement.
struct LogArrival: Sendable {
  private let bytes: Int
  private let metrics: GatewayMetrics
  private let began = ContinuousClock.now

  init(_ bytes: Int, _ metrics: GatewayMetrics) {
    self.bytes = bytes
    self.metrics = metrics
    metrics.logUncommitted.add(bytes)
  }

  /// - Parameter count: Bytes that the store did not have before.
  func stored(_ count: Int) {
    metrics.logBytes.add(count)
    metrics.logCommit.observe(ContinuousClock.now - began)
  }

  /// Stored or not.
  func end() { metrics.logUncommitted.subtract(bytes) }
}
