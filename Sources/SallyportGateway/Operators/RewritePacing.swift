import SallyportStore

/// How often the store's files are written anew, which makes writers wait: at most a twentieth of the
/// time, however many pools are purged one after the other.
struct RewritePacing: Sendable {
  private static let rest = 20

  /// When the next may begin.
  private(set) var next: Timestamp?

  func isDue(at now: Timestamp) -> Bool { next.map { now >= $0 } ?? true }

  mutating func rewritten(from start: Timestamp, to end: Timestamp) {
    next = end + (end - start) * Self.rest
  }
}
