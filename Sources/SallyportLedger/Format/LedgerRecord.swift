/// A record as it was read.
package struct LedgerRecord: Hashable, Sendable {
  package struct Field: Hashable, Sendable {
    package let name: String
    package let value: LedgerValue
  }

  package let sequence: UInt64
  package let time: LedgerTime
  /// Hash of the line before.
  package let previous: LedgerHash
  /// Mostly one of ``LedgerKind``; a later version may have more.
  package let kind: String
  /// In the order of the line.
  package let fields: [Field]
  let bytes: [UInt8]

  package subscript(name: String) -> LedgerValue? {
    fields.first { $0.name == name }?.value
  }

  /// The line as it is in the file: JSON in printable ASCII.
  package var line: String { String(decoding: bytes, as: UTF8.self) }

  /// The ledger's id, where this is a record that has to name it.
  var ledger: String? {
    guard kind == LedgerKind.opened.rawValue || kind == LedgerKind.continued.rawValue,
      case .text(let ledger) = self["ledger"]
    else { return nil }
    return ledger
  }
}
