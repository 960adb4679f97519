import SallyportLedger

struct LedgerVerificationView: DetailView {
  let folder: String
  let ledger: String?
  let count: UInt64
  let first: UInt64?
  /// `SEQ:HASH`.
  let last: String?
  let unfinishedBytes: Int64

  enum CodingKeys: String, CodingKey {
    case folder, ledger, count, first, last
    case unfinishedBytes = "unfinished_bytes"
  }

  init(_ verification: LedgerVerification, folder: String) {
    self.folder = folder
    ledger = verification.ledger
    count = verification.count
    first = verification.first
    last = verification.last?.description
    unfinishedBytes = verification.unfinishedBytes
  }

  var details: [(name: String, value: String)] {
    var details = [
      ("ledger", ledger ?? ""), ("records", "\(count)"), ("first", first.map { "\($0)" } ?? ""),
      ("last", last ?? ""),
    ]
    if unfinishedBytes > 0 { details.append(("unfinished bytes", "\(unfinishedBytes)")) }
    return details + [("folder", folder)]
  }
}
