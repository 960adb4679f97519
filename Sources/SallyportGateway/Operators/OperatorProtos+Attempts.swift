import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension Sallyport_Operator_V1_Cancellation {
  /// Nil for a job that nobody has asked to cancel.
  init?(_ job: JobRecord) {
    guard job.cancelRequested else { return nil }
    self.init()
    if let time = job.cancelRequestedAt { requestedAt = .init(time) }
    requestedBy = job.cancelRequestedBy
    reason = job.cancelReason
    if let time = job.cancelDeliveredAt { deliveredAt = .init(time) }
    if job.state == .cancelled, let time = job.finishedAt { confirmedAt = .init(time) }
  }
}

extension Sallyport_Operator_V1_Attempt {
  init(_ attempt: AttemptRecord) {
    self.init()
    epoch = attempt.epoch
    workerID = attempt.worker.rawValue
    offeredAt = .init(attempt.offeredAt)
    if let time = attempt.startedAt { startedAt = .init(time) }
    if let time = attempt.endedAt { endedAt = .init(time) }
    outcome = attempt.outcome
    if let code = attempt.exitCode { exitCode = code }
    if let number = attempt.signal { signal = number }
    reason = attempt.reason
    logState = .init(attempt.logState)
    logLength = attempt.logLength
    logIncompleteReason = attempt.logIncompleteReason
  }
}
