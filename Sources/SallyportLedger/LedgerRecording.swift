/// Takes records: a ``Ledger``, or what stands for one in tests.
package protocol LedgerRecording: Sendable {
  /// Records `entry`; returns when it is safe. What it is about must not be done where this throws.
  ///
  /// - Returns: The record's number and hash.
  @discardableResult
  func append(_ entry: some LedgerEntry) async throws(LedgerError) -> LedgerAnchor

  /// Records, without waiting for it and within bounds, what a peer can cause without end.
  func note(_ entry: some LedgerEntry)

  /// Whether records can be written, as far as is known: where the last one could not, tries again.
  func requireWritable() async throws(LedgerError)
}
