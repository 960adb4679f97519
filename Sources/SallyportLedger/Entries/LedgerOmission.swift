/// So many records of a kind were not written one by one, because there were too many of them; see
/// ``Ledger/note(_:)``.
struct LedgerOmission: LedgerEntry, Hashable {
  static let kind = LedgerKind.omitted

  let of: LedgerKind
  let count: UInt64

  func write(to fields: inout LedgerFields) {
    fields.text("of", of.rawValue)
    fields.number("count", count)
  }
}
