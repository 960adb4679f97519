import FoundationEssentials
import SallyportCore
import SallyportProtos
import SwiftProtobuf

/// What an attempt has come to, before it is journaled.
struct AttemptResult: Sendable {
  var outcome = Sallyport_Worker_V1_AttemptOutcome.failed
  var status: ExitStatus?
  /// One line.
  var reason = ""
  var commit: String?
  /// Why bytes of the log are missing, or may be; nil where none are.
  var logIncompleteReason: String?
  /// The customer's side does not run the job.
  var isDenied = false

  /// The last line of the attempt's log.
  var summary: String {
    switch outcome {
    case .succeeded: "succeeded"
    case .cancelled: "cancelled: \(reason)"
    case .timedOut: "timed out: \(reason)"
    case .lost: "lost: \(reason)"
    default: "failed: \(reason)"
    }
  }

  /// Takes from the reasons what must not be seen.
  mutating func mask(by masks: JobMasks) {
    reason = masks.masked(reason)
    logIncompleteReason = logIncompleteReason.map { masks.masked($0) }
  }

  mutating func apply(_ ending: JobEnding, stop: AttemptControl.Stop?, timeout: Duration) {
    switch ending.cause {
    case .notStarted(let error):
      outcome = .failed
      reason = oneLine("\(error)")
    case .supervisorLost(let stopped?):
      apply(stopped, detail: stop, timeout: timeout)
    case .supervisorLost(nil):
      outcome = .lost
      reason = "the job's supervisor was killed"
    case .ended(let status, let stopped):
      self.status = status
      if let stopped {
        apply(stopped, detail: stop, timeout: timeout)
      } else if status == .exited(code: 0) {
        outcome = .succeeded
        reason = ""
      } else {
        outcome = .failed
        reason = status.map { "the command ended with \($0)" } ?? "the command never ran"
      }
    }
    if case .supervisorLost = ending.cause {
      logIncompleteReason = "the job's supervisor was killed before all output was read"
    } else if ending.survivors > 0 {
      logIncompleteReason = "processes of the job could not be killed and may write on"
    }
    if let failure = ending.logFailure {
      logIncompleteReason = oneLine("\(failure)")
      if outcome == .succeeded || outcome == .failed {
        outcome = .failed
        reason = oneLine("the log is incomplete: \(failure)")
      }
    }
  }

  /// - Parameter detail: What the worker was told, which may be another reason than came first.
  private mutating func apply(
    _ reason: StopReason, detail stop: AttemptControl.Stop?, timeout: Duration
  ) {
    let detail = stop.flatMap { $0.reason == reason ? $0.detail : nil }
    apply(.init(reason, detail: detail ?? ""), timeout: timeout)
  }

  mutating func apply(_ stop: AttemptControl.Stop, timeout: Duration) {
    switch stop.reason {
    case .timedOut:
      outcome = .timedOut
      reason = "no end after \(timeout.components.seconds) s"
      if !stop.detail.isEmpty { reason += " (\(stop.detail))" }
    case .cancelled:
      outcome = .cancelled
      reason = stop.detail.isEmpty ? "cancelled" : oneLine(stop.detail)
    case .fenced:
      outcome = .lost
      reason = stop.detail.isEmpty ? "the lease was not renewed in time" : oneLine(stop.detail)
    case .drainTimeout:
      outcome = .lost
      reason = "stopped: the worker drains and its time was over"
    case .workerStopped:
      outcome = .lost
      reason = "the worker was stopped"
    case .workerLost:
      outcome = .lost
      reason = "the worker process ended"
    case .logFailed:
      outcome = .failed
      reason = "the log could not be written"
    }
  }

  func report(
    _ attempt: AttemptID, log: LogDigest, started: WallTime, reportsCommit: Bool
  ) -> FinishReport {
    var request = Sallyport_Worker_V1_FinishAttemptRequest()
    request.attempt = attempt.message
    request.outcome = outcome
    switch status {
    case .exited(let code): request.exitCode = code
    case .signalled(let signal): request.signal = signal
    case nil: break
    }
    request.reason = reason
    request.denied = isDenied
    if reportsCommit, let commit { request.commit = commit }
    request.logLength = log.length
    request.logSha256 = Data(log.sha256)
    if let logIncompleteReason {
      request.logIncomplete = true
      request.logIncompleteReason = logIncompleteReason
    }
    request.startedAt = started.timestamp
    request.finishedAt = WallTime.now().timestamp
    return FinishReport(request)
  }
}
