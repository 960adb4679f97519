/// What verifying a ledger has found.
package struct LedgerVerification: Hashable, Sendable {
  /// The ledger's id.
  package let ledger: String?
  /// Records that follow each other without a gap, from the first on.
  package let count: UInt64
  /// Number of the first record; above 1 where older files have been removed.
  package let first: UInt64?
  /// The last record. Keep it elsewhere: nobody can change it or any before it unnoticed.
  package let last: LedgerAnchor?
  /// Bytes behind the last record that are none: an append that a crash left unfinished, or that is
  /// being made. Never a record that was acknowledged; the next start cuts them off.
  package let unfinishedBytes: Int64
  /// Nil where the ledger is whole.
  package let damage: LedgerDamage?

  package var isIntact: Bool { damage == nil }
}
