package import SallyportCore

/// One dispatch of a job, as it is kept.
package struct AttemptRecord: Hashable, Sendable {
  package var epoch: UInt64
  package var worker: WorkerID
  package var offeredAt: Timestamp
  /// Nil where the offer was never accepted.
  package var startedAt: Timestamp?
  package var endedAt: Timestamp?
  /// A final state of a job, or `returned` for an offer that was not accepted; empty while the
  /// attempt goes on.
  package var outcome: String
  package var exitCode: Int32?
  package var signal: Int32?
  package var reason: String
  package var logState: LogState
  package var logLength: UInt64
  /// Why the log is incomplete; empty where it is not.
  package var logIncompleteReason: String

  package init(epoch: UInt64, worker: WorkerID, offeredAt: Timestamp) {
    self.epoch = epoch
    self.worker = worker
    self.offeredAt = offeredAt
    outcome = ""
    reason = ""
    logState = .open
    logLength = 0
    logIncompleteReason = ""
  }
}
