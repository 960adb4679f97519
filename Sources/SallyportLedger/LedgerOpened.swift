/// What opening a ledger has found.
package struct LedgerOpened: Hashable, Sendable {
  /// Whether there was none, and a new one has been begun.
  package let isNew: Bool
  package let ledger: String
  /// Bytes of an append that a crash had left unfinished, which were cut off; they were no record
  /// that anybody had been told of.
  package let droppedBytes: Int64
  /// The last record from before.
  package let last: LedgerAnchor?
}
