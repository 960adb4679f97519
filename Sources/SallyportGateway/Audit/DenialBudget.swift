import SallyportStore

/// How many denials of one tenant have been recorded in the current interval.
struct DenialBudget: Sendable {
  private var start: Timestamp
  private var recorded = 0
  private var suppressed = 0

  init(start: Timestamp) { self.start = start }

  /// - Returns: How many denials went unrecorded before this one; nil where this one is to be.
  mutating func spend(at now: Timestamp, limit: Int, interval: Duration) -> Int? {
    if now - start >= interval {
      start = now
      recorded = 0
    }
    guard recorded < limit else {
      suppressed += 1
      return nil
    }
    recorded += 1
    defer { suppressed = 0 }
    return suppressed
  }
}
