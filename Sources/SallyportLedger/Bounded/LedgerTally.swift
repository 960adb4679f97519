/// Decides which of the records that a peer can cause without end are written one by one, and counts
/// the others, so that nobody can push a ledger's history out of its bound by being refused.
///
/// Each kind has bounds of its own: a flood of one does not hide another.
struct LedgerTally: Sendable {
  /// Records of a kind that are written one by one within ``period``.
  static let maximumRecords = 100
  static let period = Duration.seconds(3_600)

  private struct Count {
    /// When the period began.
    var start: ContinuousClock.Instant
    var written = 0
    var omitted: UInt64 = 0
  }

  private var counts: [LedgerKind: Count] = [:]

  /// - Returns: Whether the record is to be written; otherwise it is counted.
  mutating func admits(_ kind: LedgerKind, now: ContinuousClock.Instant) -> Bool {
    var count = counts[kind] ?? Count(start: now)
    if now - count.start >= Self.period {
      count.start = now
      count.written = 0
    }
    let isAdmitted = count.written < Self.maximumRecords
    if isAdmitted { count.written += 1 }
    counts[kind] = count
    if !isAdmitted { add(1, of: kind) }
    return isAdmitted
  }

  /// Counts records that could not be written.
  mutating func add(_ number: UInt64, of kind: LedgerKind) {
    guard let omitted = counts[kind]?.omitted else { return }
    let (sum, overflow) = omitted.addingReportingOverflow(number)
    counts[kind]?.omitted = overflow ? .max : sum
  }

  /// What was counted since the last time.
  mutating func take() -> [LedgerOmission] {
    var omissions: [LedgerOmission] = []
    for (kind, count) in counts where count.omitted > 0 {
      omissions.append(LedgerOmission(of: kind, count: count.omitted))
      counts[kind]?.omitted = 0
    }
    return omissions.sorted { $0.of.rawValue < $1.of.rawValue }
  }
}
