package import SallyportCore

/// How an attempt ended.
package struct AttemptResult: Hashable, Sendable {
  package var attempt: AttemptID
  /// A final state.
  package var state: JobState
  package var exitCode: Int32?
  package var signal: Int32?
  package var reason: String
  package var commit: String
  /// The length of the log where the gateway has checked its SHA-256; nil where it is incomplete.
  package var completeLogLength: UInt64?
  /// Why the log is incomplete; used where it is.
  package var logIncompleteReason: String
  package var time: Timestamp
  /// The customer's side does not run the job: no policy tries it again.
  package var isDenied: Bool

  package init(
    attempt: AttemptID, state: JobState, exitCode: Int32?, signal: Int32?, reason: String,
    commit: String, completeLogLength: UInt64?, logIncompleteReason: String = "",
    time: Timestamp, isDenied: Bool = false
  ) {
    self.attempt = attempt
    self.state = state
    self.exitCode = exitCode
    self.signal = signal
    self.reason = reason
    self.commit = commit
    self.completeLogLength = completeLogLength
    self.logIncompleteReason = logIncompleteReason
    self.time = time
    self.isDenied = isDenied
  }
}
