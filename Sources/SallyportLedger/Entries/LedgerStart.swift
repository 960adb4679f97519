/// The process has started; what follows is its own until the next of these.
struct LedgerStart: LedgerEntry {
  static let kind = LedgerKind.started

  let program: String
  let version: String
  let commit: String

  func write(to fields: inout LedgerFields) {
    fields.text("program", program)
    fields.text("version", version)
    fields.text("commit", commit)
  }
}
