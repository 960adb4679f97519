import SallyportCore
import SallyportLedger
import SallyportProtos

extension LedgerAttempt {
  /// - Parameter commit: Also where the gateway is not told.
  init(
    _ attempt: AttemptID, _ request: Sallyport_Worker_V1_FinishAttemptRequest,
    commit: String? = nil
  ) {
    self.init(
      attempt, outcome: Outcome(request.outcome),
      exitCode: request.hasExitCode ? request.exitCode : nil,
      signal: request.hasSignal ? request.signal : nil,
      reason: request.reason.isEmpty ? nil : request.reason, logBytes: request.logLength,
      commit: commit)
  }
}

extension LedgerAttempt.Outcome {
  init(_ outcome: Sallyport_Worker_V1_AttemptOutcome) {
    self =
      switch outcome {
      case .succeeded: .succeeded
      case .cancelled: .cancelled
      case .timedOut: .timedOut
      case .lost: .lost
      case .failed, .unspecified, .UNRECOGNIZED: .failed
      }
  }
}
