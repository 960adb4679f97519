/// Records can be written again, after some could not be: those are missing before this one.
struct LedgerResumption: LedgerEntry, Hashable {
  static let kind = LedgerKind.resumed

  /// Records that could not be written; nothing was done of what they were to allow.
  let failed: UInt64

  func write(to fields: inout LedgerFields) { fields.number("failed", failed) }
}
