import Synchronization

/// A number that goes up and down.
package final class Gauge: Instrument {
  private let value = Atomic<Int64>(0)

  package init() {}

  package func set(_ number: Int) { value.store(Int64(number), ordering: .relaxed) }

  package func add(_ number: Int) { value.wrappingAdd(Int64(number), ordering: .relaxed) }

  package func subtract(_ number: Int) { value.wrappingSubtract(Int64(number), ordering: .relaxed) }

  package var current: Int { Int(value.load(ordering: .relaxed)) }

  package var reading: MetricReading { .integer(value.load(ordering: .relaxed)) }
}
