internal import Synchronization

/// How many of something this process does at once, over all its connections and relays.
///
/// Nobody waits for a slot: who gets none refuses, so that the far end can go elsewhere.
package final class Slots: Sendable {
  package let capacity: Int
  private let taken = Mutex(0)

  package init(_ capacity: Int) { self.capacity = capacity }

  package var inUse: Int { taken.withLock { $0 } }

  /// - Returns: False where all are taken; true must be followed by one ``giveBack()``.
  package func take() -> Bool {
    taken.withLock { taken in
      guard taken < capacity else { return false }
      taken += 1
      return true
    }
  }

  package func giveBack() { taken.withLock { $0 -= 1 } }
}
