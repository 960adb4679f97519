/// How a job's process came to its end.
package struct JobEnding: Hashable, Sendable {
  package enum Cause: Hashable, Sendable {
    /// `status` is nil where the command was stopped before it ran.
    case ended(status: ExitStatus?, stopped: StopReason?)
    /// The command never ran.
    case notStarted(SystemError)
    /// The supervisor itself was killed or failed; what became of the command is unknown. `stopped`
    /// is set where the worker killed it, because it did not stop the job in time.
    case supervisorLost(stopped: StopReason?)
  }

  package var cause: Cause
  /// Processes that could not be killed.
  package var survivors: UInt32 = 0
  /// Why output of the job is missing from its log.
  package var logFailure: SystemError?
}
