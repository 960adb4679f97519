import SallyportCore
import SallyportStore

/// What the store said when the session opened.
struct WorkerSessionOpening: Sendable {
  let session: SessionID
  let externalID: String
  /// The pool's workers do not report commits.
  let sealed: Bool
  /// Running attempts that were cancelled.
  let cancelled: [JobRecord]
  let stale: [AttemptID]
  /// An operator wants the worker drained.
  let drain: DrainRequest?
}
