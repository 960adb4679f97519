package import SallyportProtos

/// The exit code of `job submit --follow`: the command's own, or one that says how it ended
/// otherwise. docs/operations.md lists them.
package enum JobExitCode {
  /// The job ran into its timeout; as timeout(1).
  package static let timedOut: Int32 = 124
  package static let cancelled: Int32 = 125
  /// The command could not be started, or checkout failed; as a shell's "cannot execute".
  package static let notStarted: Int32 = 126
  /// The worker was lost; submitting again may help (EX_TEMPFAIL).
  package static let lost: Int32 = 75
  /// Ctrl-C: the job goes on without being watched.
  package static let detached: Int32 = 130

  /// For the help; docs/operations.md has the same.
  package static let summary = """
    the command's exit code, or 128 and the number of the signal that ended it, or: \(timedOut) \
    the job ran into its timeout; \(cancelled) it was cancelled; \(notStarted) its command could \
    not be started, or checkout failed; \(lost) it was lost with its worker; \(detached) Ctrl-C, \
    which stops following and leaves the job alone
    """

  /// The exit code for a job in a final state.
  package static func code(for job: Sallyport_Operator_V1_Job) -> Int32 {
    switch job.state {
    case .succeeded: 0
    case .timedOut: timedOut
    case .cancelled: cancelled
    case .lost: lost
    default:
      if job.hasSignal, (1...127).contains(job.signal) {
        128 + job.signal
      } else if job.hasExitCode, (1...255).contains(job.exitCode) {
        job.exitCode
      } else {
        notStarted
      }
    }
  }

  /// One line about a job that did not succeed; nil for one that did.
  package static func explanation(for job: Sallyport_Operator_V1_Job) -> String? {
    guard job.state != .succeeded else { return nil }
    var text = "job \(job.id) "
    switch job.state {
    case .timedOut: text += "ran into its timeout"
    case .cancelled: text += "was cancelled"
    case .lost: text += "was lost with its worker"
    default:
      if job.hasSignal {
        text += "was ended by signal \(job.signal)"
      } else if job.hasExitCode {
        text += "failed with exit code \(job.exitCode)"
      } else {
        text += "failed before its command ran"
      }
    }
    return job.reason.isEmpty ? text : text + ": \(job.reason)"
  }
}
