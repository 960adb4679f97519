/// The value of one series at one moment.
package enum MetricReading: Sendable, Equatable {
  case integer(Int64)
  case count(UInt64)
  case number(Double)
  case histogram(HistogramReading)
}
