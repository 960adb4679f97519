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
  package var time: Timestamp

  package init(
    attempt: AttemptID, state: JobState, exitCode: Int32?, signal: Int32?, reason: String,
    commit: String, completeLogLength: UInt64?, time: Timestamp
  ) {
    self.attempt = attempt
    self.state = state
    self.exitCode = exitCode
    self.signal = signal
    self.reason = reason
    self.commit = commit
    self.completeLogLength = completeLogLength
    self.time = time
  }
}
