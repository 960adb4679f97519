import Synchronization

/// Handlers at work for one connection, also those whose stream is gone already: what bounds the
/// work that a peer can start by opening and resetting streams.
final class CallCounter: Sendable {
  private let count = Atomic<Int>(0)
  private let maximum: Int

  init(maximum: Int) { self.maximum = maximum }

  func begin() -> Bool {
    if count.wrappingAdd(1, ordering: .relaxed).newValue <= maximum { return true }
    end()
    return false
  }

  func end() { count.wrappingSubtract(1, ordering: .relaxed) }
}
