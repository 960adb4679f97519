import SallyportLedger

/// A record in a table; as JSON a record is the ledger's own line.
struct LedgerRecordView: ListView {
  let sequence: UInt64
  let time: String
  let kind: String
  /// Members of the kind, as `name=value`.
  let detail: String

  init(_ record: LedgerRecord) {
    sequence = record.sequence
    time = record.time.description
    kind = record.kind
    detail = record.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
  }

  static let columns = ["seq", "time", "kind", "detail"]
  var cells: [String] { ["\(sequence)", time, kind, detail] }
}
