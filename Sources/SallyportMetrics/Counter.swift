import Synchronization

/// A number that only grows.
package final class Counter: Instrument {
  private let value = Atomic<UInt64>(0)

  package init() {}

  package func increment() { add(1) }

  package func add(_ count: UInt64) { value.wrappingAdd(count, ordering: .relaxed) }

  /// - Parameter count: Below zero counts as nothing.
  package func add(_ count: Int) { add(UInt64(clamping: count)) }

  package var current: UInt64 { value.load(ordering: .relaxed) }

  package var reading: MetricReading { .count(current) }
}
