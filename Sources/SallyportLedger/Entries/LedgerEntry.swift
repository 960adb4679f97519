/// Something that the ledger records: one type for each kind.
package protocol LedgerEntry: Sendable {
  static var kind: LedgerKind { get }
  func write(to fields: inout LedgerFields)
}
