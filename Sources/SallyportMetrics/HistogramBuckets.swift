/// The upper bounds of a histogram's buckets, and the unit of what it observes.
package struct HistogramBuckets: Sendable, Hashable {
  /// Ascending, in the unit of observations.
  let bounds: [UInt64]
  /// What one of that unit is in the unit that is shown.
  let scale: Double

  /// Durations, shown in seconds and kept in nanoseconds: sums of integers lose nothing.
  package static func durations(_ bounds: [Duration]) -> HistogramBuckets {
    HistogramBuckets(bounds: bounds.map(nanoseconds), scale: 1e-9)
  }

  package static func counts(_ bounds: [UInt64]) -> HistogramBuckets {
    HistogramBuckets(bounds: bounds, scale: 1)
  }

  /// From a check of a signature to a question to somebody else: 50 µs to 1 s.
  package static let deciding = durations([
    .microseconds(50), .microseconds(100), .microseconds(200), .microseconds(300),
    .microseconds(500), .microseconds(700), .milliseconds(1), .milliseconds(2), .milliseconds(5),
    .milliseconds(10), .milliseconds(50), .milliseconds(100), .milliseconds(250), .seconds(1),
  ])

  /// From a local disk's commit to a request that timed out: 1 ms to 10 s.
  package static let latency = durations([
    .milliseconds(1), .microseconds(2_500), .milliseconds(5), .milliseconds(10), .milliseconds(25),
    .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1),
    .milliseconds(2_500), .seconds(5), .seconds(10),
  ])

  /// What people and queues wait for: 100 ms to 6 h.
  package static let waiting = durations([
    .milliseconds(100), .milliseconds(500), .seconds(1), .seconds(5), .seconds(15), .seconds(60),
    .seconds(300), .seconds(900), .seconds(3_600), .seconds(21_600),
  ])

  private init(bounds: [UInt64], scale: Double) {
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<), "bounds ascend")
    self.bounds = bounds
    self.scale = scale
  }

  /// The bounds as they are shown.
  var shown: [Double] { bounds.map(shown) }

  /// Divided rather than multiplied, so that 5 ms is 0.005 and not something beside it.
  func shown(_ value: UInt64) -> Double {
    scale == 1 ? Double(value) : Double(value) / (1 / scale).rounded()
  }

  static func nanoseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : whole &+ UInt64(attoseconds / 1_000_000_000)
  }
}
