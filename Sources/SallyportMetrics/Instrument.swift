/// What code writes to and a scrape reads.
package protocol Instrument: Sendable {
  var reading: MetricReading { get }
}
