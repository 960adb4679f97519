internal import Synchronization

/// A draft that waits, and what has become of it.
final class LedgerTicket: Sendable {
  let draft: LedgerDraft
  private let outcome = Mutex<Result<LedgerAnchor, LedgerError>?>(nil)

  init(_ draft: LedgerDraft) { self.draft = draft }

  func settle(_ result: Result<LedgerAnchor, LedgerError>) { outcome.withLock { $0 = result } }

  func result() throws(LedgerError) -> LedgerAnchor {
    guard let outcome = outcome.withLock({ $0 }) else { throw .closed }
    return try outcome.get()
  }
}

extension LedgerError {
  static let closed = LedgerError(
    .closed, "the process is ending: nothing is recorded any more, and nothing begun")
}
