/// How many observations fell into each of a few fixed buckets, and their sum.
package final class Histogram: Instrument {
  private let buckets: HistogramBuckets
  /// One more than there are bounds.
  private let counts: [Counter]
  private let sum = Counter()

  package init(_ buckets: HistogramBuckets) {
    self.buckets = buckets
    counts = (0...buckets.bounds.count).map { _ in Counter() }
  }

  /// Of a histogram of durations; below zero is zero, for clocks that were set.
  package func observe(_ duration: Duration) { observe(HistogramBuckets.nanoseconds(duration)) }

  /// Of a histogram of counts.
  package func observe(count: Int) { observe(UInt64(clamping: count)) }

  private func observe(_ value: UInt64) {
    let index = buckets.bounds.firstIndex { value <= $0 } ?? buckets.bounds.count
    counts[index].increment()
    sum.add(value)
  }

  package var reading: MetricReading {
    .histogram(
      HistogramReading(
        bounds: buckets.shown, counts: counts.map(\.current), sum: buckets.shown(sum.current)))
  }
}
