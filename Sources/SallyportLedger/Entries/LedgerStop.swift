/// The process has ended in its own time; one that was killed leaves no such record.
struct LedgerStop: LedgerEntry {
  static let kind = LedgerKind.stopped

  enum Outcome: String, Sendable {
    case ended, failed
  }

  let outcome: Outcome

  func write(to fields: inout LedgerFields) { fields.text("outcome", outcome.rawValue) }
}
