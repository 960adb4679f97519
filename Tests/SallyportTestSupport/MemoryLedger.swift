package import SallyportLedger
internal import Synchronization

/// Keeps records in memory, and can be made to fail.
package final class MemoryLedger: LedgerRecording {
  private struct State {
    var entries: [any LedgerEntry] = []
    var notes: [any LedgerEntry] = []
    var isFailing = false
    var isFull = false
  }

  private let state = Mutex(State())

  package init() {}

  /// What was appended, in order.
  package var entries: [any LedgerEntry] { state.withLock { $0.entries } }
  /// What was only noted, in order.
  package var notes: [any LedgerEntry] { state.withLock { $0.notes } }

  /// What was appended or noted of one kind.
  package func all<Entry: LedgerEntry>(_ type: Entry.Type = Entry.self) -> [Entry] {
    state.withLock { ($0.entries + $0.notes).compactMap { $0 as? Entry } }
  }

  /// From here on nothing can be appended, as on a full disk; or again it can.
  ///
  /// - Parameter isNoticed: Whether ``requireWritable()`` says so, too.
  package func setFailing(_ isFailing: Bool, isNoticed: Bool = true) {
    state.withLock { state in
      state.isFailing = isFailing
      state.isFull = isFailing && isNoticed
    }
  }

  @discardableResult
  package func append(_ entry: some LedgerEntry) async throws(LedgerError) -> LedgerAnchor {
    let number = state.withLock { state -> UInt64? in
      guard !state.isFailing else { return nil }
      state.entries.append(entry)
      return UInt64(state.entries.count)
    }
    guard let number else { throw LedgerError(.full, "the disk is full") }
    return LedgerAnchor(sequence: number, hash: .none)
  }

  package func note(_ entry: some LedgerEntry) { state.withLock { $0.notes.append(entry) } }

  package func requireWritable() async throws(LedgerError) {
    guard !state.withLock({ $0.isFull }) else { throw LedgerError(.full, "the disk is full") }
  }
}
