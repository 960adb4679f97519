/// The bounds of a ledger.
package struct LedgerLimits: Sendable, Hashable {
  /// Bytes after which a new file is begun; one record more where a single one is larger.
  package var maximumFileBytes: Int64 = 16 << 20
  /// Files that are kept; the oldest goes when there would be more. At least one.
  package var maximumFiles = 16
  /// Records that wait to be written; one more is refused.
  package var maximumWaiting = 1_024
  /// How often is written what was only counted.
  package var omissionInterval = Duration.seconds(60)

  package init() {}
}
