/// Bounds of the embedded store.
package struct SQLiteStoreLimits: Sendable, Hashable {
  /// Transactions that wait for the writer; one more is refused as overloaded.
  package var maximumQueuedWrites = 16_384
  /// Bytes of those; one more transaction with bytes is refused. One alone may exceed it.
  package var maximumQueuedBytes = 64 << 20
  /// Transactions that share one commit.
  package var maximumBatch = 512
  /// How long a lock held by another process is waited for.
  package var busyTimeout: Duration = .seconds(5)
  /// Reader connections.
  package var readers = 4
  /// Bytes of the disk that are kept for what runs: below, new work is refused. Zero: none.
  package var reserve = 64 << 20

  package init() {}
}
