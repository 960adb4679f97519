internal import Synchronization

/// The drafts that wait for the disk, at most ``LedgerLimits/maximumWaiting``.
final class LedgerQueue: Sendable {
  private struct State {
    var waiting: [LedgerTicket] = []
    var isClosed = false
  }

  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) { self.capacity = capacity }

  func add(_ ticket: LedgerTicket) throws(LedgerError) {
    let refusal = state.withLock { state -> LedgerError? in
      guard !state.isClosed else { return .closed }
      guard state.waiting.count < capacity else {
        return LedgerError(
          .overloaded, "\(capacity) records wait to be written to the ledger: try again later")
      }
      state.waiting.append(ticket)
      return nil
    }
    if let refusal { throw refusal }
  }

  func take() -> [LedgerTicket] {
    state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
  }

  /// Takes no more.
  func close() { state.withLock { $0.isClosed = true } }
}
