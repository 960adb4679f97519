package import SallyportCore

/// An attempt has ended: what became of it, and how much of its log left the customer's network.
package struct LedgerAttempt: LedgerEntry, Hashable {
  package static let kind = LedgerKind.attempt

  package enum Outcome: String, Sendable {
    case succeeded, failed, cancelled, lost
    case timedOut = "timed_out"
  }

  package var attempt: AttemptID
  package var outcome: Outcome
  package var exitCode: Int32?
  package var signal: Int32?
  package var reason: String?
  package var logBytes: UInt64
  /// The commit that was checked out.
  package var commit: String?

  package init(
    _ attempt: AttemptID, outcome: Outcome, exitCode: Int32? = nil, signal: Int32? = nil,
    reason: String? = nil, logBytes: UInt64, commit: String? = nil
  ) {
    self.attempt = attempt
    self.outcome = outcome
    self.exitCode = exitCode
    self.signal = signal
    self.reason = reason
    self.logBytes = logBytes
    self.commit = commit
  }

  package func write(to fields: inout LedgerFields) {
    fields.attempt(attempt)
    fields.text("outcome", outcome.rawValue)
    fields.number("exit_code", exitCode.map(UInt64.init(clamping:)))
    fields.number("signal", signal.map(UInt64.init(clamping:)))
    fields.number("log_bytes", logBytes)
    fields.text("commit", commit)
    fields.text("reason", reason)
  }
}
