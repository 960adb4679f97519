/// An entry that is still to get its number, time and previous hash.
struct LedgerDraft: Sendable {
  let kind: LedgerKind
  let fields: [UInt8]

  /// Reads what it has written, so that no entry, whatever its type does, makes a line that would
  /// be taken for damage later.
  ///
  /// - Throws: ``LedgerError/Code/invalid``: a defect of the entry's type.
  init(_ entry: some LedgerEntry) throws(LedgerError) {
    var fields = LedgerFields()
    entry.write(to: &fields)
    let kind = type(of: entry).kind
    let line = LedgerLine.encode(
      sequence: UInt64(Int64.max), time: LedgerTime(milliseconds: 0), previous: .none, kind: kind,
      fields: fields.bytes)
    guard LedgerLine.decode(line) != nil else {
      throw LedgerError(
        .invalid,
        "a record of kind '\(kind.rawValue)' does not make a line of at most "
          + "\(LedgerLine.maximumLength) bytes and is not recorded; please report this defect")
    }
    self.kind = kind
    self.fields = fields.bytes
  }

  init(kind: LedgerKind, fields: [UInt8]) {
    self.kind = kind
    self.fields = fields
  }
}
