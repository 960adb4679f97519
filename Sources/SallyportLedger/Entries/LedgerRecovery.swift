/// Bytes behind the last acknowledged record were no record and have been cut off.
struct LedgerRecovery: LedgerEntry {
  static let kind = LedgerKind.recovered

  let droppedBytes: UInt64

  func write(to fields: inout LedgerFields) { fields.number("dropped_bytes", droppedBytes) }
}
