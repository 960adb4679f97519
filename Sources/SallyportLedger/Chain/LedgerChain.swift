/// Takes the lines of a ledger in their order, and says which is the first that does not follow.
///
/// Does no I/O; a line that is refused changes nothing.
struct LedgerChain: Sendable {
  /// Where a line stands.
  enum Place {
    /// It is the first of a file with this name.
    case start(LedgerFileName)
    case inside
  }

  /// From `head`; nil where there is none.
  let head: LedgerHead?
  let expected: LedgerAnchor?
  /// The ledger's id, once known.
  private(set) var ledger: String?
  private(set) var first: UInt64?
  private(set) var last: LedgerAnchor?
  private(set) var count: UInt64 = 0
  private(set) var hasSeenExpected = false

  init(head: LedgerHead?, expected: LedgerAnchor? = nil) {
    self.head = head
    self.expected = expected
    ledger = head?.ledger
  }

  /// Whether all that was ever acknowledged has been taken: what follows may be what a crash left
  /// unfinished.
  var hasReachedHead: Bool {
    guard let head else { return false }
    return (last?.sequence ?? 0) >= head.sequence
  }

  mutating func take(_ line: [UInt8], at place: Place) throws(LedgerProblem) -> LedgerRecord {
    guard let record = LedgerLine.decode(line) else { throw .malformed }
    try checkOrder(of: record, at: place)
    let ledger = try ledger(of: record, at: place)
    let hash = LedgerHash(of: line)
    if let head, head.sequence == record.sequence, head.hash != hash { throw .otherThanHead }
    if let expected, expected.sequence == record.sequence {
      guard expected.hash == hash else { throw .otherThanExpected }
      hasSeenExpected = true
    }
    if let ledger { self.ledger = ledger }
    first = first ?? record.sequence
    last = LedgerAnchor(sequence: record.sequence, hash: hash)
    count += 1
    return record
  }

  private func checkOrder(of record: LedgerRecord, at place: Place) throws(LedgerProblem) {
    if let last {
      let (next, overflow) = last.sequence.addingReportingOverflow(1)
      guard !overflow, record.sequence == next else {
        throw .sequence(expected: next, found: record.sequence)
      }
    }
    if case .start(let name) = place, record.sequence != name.first {
      throw .sequence(expected: name.first, found: record.sequence)
    }
    if let last {
      guard record.previous == last.hash else { throw .hash }
    } else {
      if let head, record.sequence > max(head.sequence, 1) { throw .headBeforeFirst }
      guard record.sequence > 1 || record.previous == .none else { throw .hash }
    }
  }

  /// Nil where the record names none and needs to name none.
  private func ledger(
    of record: LedgerRecord, at place: Place
  ) throws(LedgerProblem) -> String? {
    let kind: LedgerKind? =
      switch place {
      case .start: record.sequence == 1 ? .opened : .continued
      case .inside: nil
      }
    guard let kind else {
      guard record.kind != LedgerKind.opened.rawValue,
        record.kind != LedgerKind.continued.rawValue
      else { throw .misplaced }
      return nil
    }
    guard record.kind == kind.rawValue, let found = record.ledger else { throw .misplaced }
    guard ledger == nil || ledger == found else { throw .foreignLedger }
    return found
  }
}
