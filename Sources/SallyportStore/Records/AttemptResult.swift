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
  /// ``LogState/complete`` only where the gateway has checked length and SHA-256.
  package var logState: LogState
  package var time: Timestamp

  package init(
    attempt: AttemptID, state: JobState, exitCode: Int32?, signal: Int32?, reason: String,
    commit: String, logState: LogState, time: Timestamp
  ) {
    self.attempt = attempt
    self.state = state
    self.exitCode = exitCode
    self.signal = signal
    self.reason = reason
    self.commit = commit
    self.logState = logState
    self.time = time
  }
}
