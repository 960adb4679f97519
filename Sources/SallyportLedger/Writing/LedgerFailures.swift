internal import Synchronization

/// How many records could not be written since one last could.
final class LedgerFailures: Sendable {
  private let count = Mutex<UInt64>(0)

  var current: UInt64 { count.withLock { $0 } }

  func add() {
    count.withLock { if $0 < .max { $0 += 1 } }
  }

  /// Those that a record has told of.
  func remove(_ told: UInt64) {
    count.withLock { $0 -= min($0, told) }
  }
}
