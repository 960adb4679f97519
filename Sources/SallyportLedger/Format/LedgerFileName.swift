/// The name of a ledger file: the number of its first record, 20 digits, and `.jsonl`, so that
/// files sort by name as they follow each other.
struct LedgerFileName: Hashable, Sendable, Comparable, CustomStringConvertible {
  let first: UInt64

  init(first: UInt64) { self.first = first }

  /// Nil for any other file.
  init?(_ name: String) {
    let suffix = ".jsonl"
    guard name.utf8.count == 20 + suffix.utf8.count, name.hasSuffix(suffix) else { return nil }
    let digits = name.utf8.prefix(20)
    let significant = digits.drop { $0 == UInt8(ascii: "0") }
    guard let first = ledgerNumber(significant), first > 0 else { return nil }
    self.first = first
  }

  var description: String {
    let digits = String(first)
    return String(repeating: "0", count: max(20 - digits.count, 0)) + digits + ".jsonl"
  }

  static func < (left: LedgerFileName, right: LedgerFileName) -> Bool { left.first < right.first }
}
