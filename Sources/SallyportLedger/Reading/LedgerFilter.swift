package import SallyportCore

/// Which records to list.
package struct LedgerFilter: Sendable, Hashable {
  /// Records of one listing, at most.
  package static let maximumLimit = 10_000

  /// Empty for all.
  package var kinds: Set<LedgerKind> = []
  package var since: LedgerTime?
  package var job: JobID?
  /// The newest so many; between 1 and ``maximumLimit``.
  package var limit = 100

  package init() {}

  func matches(_ record: LedgerRecord) -> Bool {
    if !kinds.isEmpty {
      guard let kind = LedgerKind(rawValue: record.kind), kinds.contains(kind) else { return false }
    }
    if let since, record.time < since { return false }
    if let job, record["job"] != .text(job.rawValue) { return false }
    return true
  }
}
