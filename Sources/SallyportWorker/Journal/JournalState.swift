package import SallyportCore

/// What a journal's records add up to.
package struct JournalState: Hashable, Sendable {
  /// An attempt that is not settled.
  package struct Entry: Hashable, Sendable {
    /// Nil where that record is lost.
    package var startedAt: UInt64?
    package var supervisor: ProcessIdentity?
    package var boot: String?
    package var report: FinishReport?
  }

  package private(set) var open: [AttemptID: Entry] = [:]
  package private(set) var history = AttemptHistory()

  package init() {}

  package mutating func apply(_ record: JournalRecord) {
    let attempt = record.attempt
    history.note(attempt)
    switch record {
    case .started(_, let time): open[attempt] = open[attempt] ?? Entry(startedAt: time)
    case .supervised(_, let process, let boot):
      // The record before it is missing where the file was damaged there.
      open[attempt, default: Entry()].supervisor = process
      open[attempt]?.boot = boot
    case .finished(_, let report): open[attempt, default: Entry()].report = report
    case .settled:
      open[attempt] = nil
    }
  }

  /// The shortest list of records with the same meaning.
  package var records: [JournalRecord] {
    var records = history.attempts.map(JournalRecord.settled)
    for (attempt, entry) in open.sorted(by: { $0.value.startedAt ?? 0 < $1.value.startedAt ?? 0 }) {
      if let time = entry.startedAt { records.append(.started(attempt, at: time)) }
      if let supervisor = entry.supervisor, let boot = entry.boot {
        records.append(.supervised(attempt, supervisor, boot: boot))
      }
      if let report = entry.report { records.append(.finished(attempt, report)) }
    }
    return records
  }
}
