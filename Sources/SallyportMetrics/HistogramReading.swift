/// The buckets of one histogram at one moment.
package struct HistogramReading: Sendable, Equatable {
  /// Upper bounds, ascending, without the last one, which is infinite.
  package let bounds: [Double]
  /// Observations in each bucket, not cumulated; one more than there are bounds.
  package let counts: [UInt64]
  package let sum: Double

  package init(bounds: [Double], counts: [UInt64], sum: Double) {
    self.bounds = bounds
    self.counts = counts
    self.sum = sum
  }
}
