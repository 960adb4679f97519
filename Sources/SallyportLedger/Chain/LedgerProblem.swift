/// What is wrong at one place of a ledger.
package enum LedgerProblem: Error, Hashable, Sendable {
  /// More than 16,384 bytes without a line feed.
  case lineTooLong
  /// Not exactly a line as a ledger writes it.
  case malformed
  /// Records are missing, or stand in another order.
  case sequence(expected: UInt64, found: UInt64)
  /// The line before this one is not the one that was there when this one was written.
  case hash
  /// A file of another ledger, or a `head` of another one.
  case foreignLedger
  /// A file that does not begin with `opened` or `continued`, or one of these elsewhere.
  case misplaced
  /// The record that `head` names is there with other bytes.
  case otherThanHead
  /// `head` names a record before the first that is there.
  case headBeforeFirst
  /// The ledger ends before the record that `head` names.
  case endsBeforeHead(LedgerAnchor)
  case headMissing
  case headMalformed
  /// The expected record is there with other bytes.
  case otherThanExpected
  /// The expected record is not there: the ledger ends before it, or begins after it.
  case expectedMissing
}

extension LedgerProblem {
  /// One word, for programs.
  package var code: String {
    switch self {
    case .lineTooLong: "line_too_long"
    case .malformed: "malformed"
    case .sequence: "sequence"
    case .hash: "hash"
    case .foreignLedger: "foreign_ledger"
    case .misplaced: "misplaced"
    case .otherThanHead: "other_than_head"
    case .headBeforeFirst: "head_before_first"
    case .endsBeforeHead: "ends_before_head"
    case .headMissing: "head_missing"
    case .headMalformed: "head_malformed"
    case .otherThanExpected: "other_than_expected"
    case .expectedMissing: "expected_missing"
    }
  }
}

extension LedgerProblem: CustomStringConvertible {
  package var description: String {
    switch self {
    case .lineTooLong: "the line is longer than 16,384 bytes"
    case .malformed: "the line is not one that a ledger writes"
    case .sequence(let expected, let found) where found > expected:
      "record \(expected) was expected and \(found) found: records are missing"
    case .sequence(let expected, let found):
      "record \(expected) was expected and \(found) found: records are repeated or out of order"
    case .hash: "its 'prev' is not the hash of the line before it: one of the two was changed"
    case .foreignLedger: "it belongs to another ledger"
    case .misplaced: "a file begins with an 'opened' or a 'continued' record, and has no other"
    case .otherThanHead: "it is not the line that 'head' names: it was changed"
    case .headBeforeFirst: "'head' names a record before this one, the first: it is an older 'head'"
    case .endsBeforeHead(let head):
      "the ledger ends before record \(head.sequence), which 'head' names: records are missing"
    case .headMissing: "the file 'head' is missing: records may be missing at the end"
    case .headMalformed: "the file 'head' is not one that a ledger writes"
    case .otherThanExpected: "it is not the expected line: it, or one before it, was changed"
    case .expectedMissing: "the expected record is not there"
    }
  }
}
