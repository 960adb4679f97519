/// The first record of a ledger, or of one of its further files.
struct LedgerOpening: LedgerEntry {
  static let kind = LedgerKind.opened
  /// Of the format that docs/ledger.md describes.
  static let version: UInt64 = 1

  let ledger: String
  let program: String
  let programVersion: String

  func write(to fields: inout LedgerFields) {
    fields.text("ledger", ledger)
    fields.number("format", Self.version)
    fields.text("program", program)
    fields.text("version", programVersion)
  }
}
