/// Records that were asked for.
package struct LedgerListing: Hashable, Sendable {
  /// Newest last.
  package var records: [LedgerRecord] = []
  /// Lines that are none of a ledger: verify it.
  package var unreadableLines = 0
}
