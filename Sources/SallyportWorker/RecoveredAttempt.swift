import SallyportCore

/// An attempt that an earlier process of this worker left, ended and journaled but not reported.
struct RecoveredAttempt: Sendable {
  let attempt: AttemptID
  let spool: LogSpool
  let report: FinishReport
  /// Whether the spool is not what the report says.
  let isDamaged: Bool
}
