import Synchronization

/// When a loop last came round, for whoever watches over it.
package final class LoopTick: Sendable {
  private static let origin = ContinuousClock.now

  private let last: Atomic<Int64>

  /// Counts as a turn, so that a loop which has not begun yet is not late.
  package init() { last = Atomic(Self.now) }

  package func turn() { last.store(Self.now, ordering: .relaxed) }

  /// Since the last turn.
  package var age: Duration { .milliseconds(Self.now - last.load(ordering: .relaxed)) }

  private static var now: Int64 {
    let (seconds, attoseconds) = (ContinuousClock.now - origin).components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }
}
