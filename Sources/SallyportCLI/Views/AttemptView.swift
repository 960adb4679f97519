import SallyportProtos

/// One dispatch of a job, as part of it.
struct AttemptView: Encodable, Sendable {
  let epoch: UInt64
  let workerID: String
  let offeredAt: String
  let startedAt: String?
  let endedAt: String?
  let outcome: String?
  let exitCode: Int32?
  let signal: Int32?
  let reason: String?
  let logState: String
  let logLength: UInt64
  let logIncompleteReason: String?

  enum CodingKeys: String, CodingKey {
    case epoch, outcome, signal, reason
    case workerID = "worker_id"
    case offeredAt = "offered_at"
    case startedAt = "started_at"
    case endedAt = "ended_at"
    case exitCode = "exit_code"
    case logState = "log_state"
    case logLength = "log_length"
    case logIncompleteReason = "log_incomplete_reason"
  }

  init(_ attempt: Sallyport_Operator_V1_Attempt) {
    epoch = attempt.epoch
    workerID = attempt.workerID
    offeredAt = attempt.offeredAt.text
    startedAt = attempt.hasStartedAt ? attempt.startedAt.text : nil
    endedAt = attempt.hasEndedAt ? attempt.endedAt.text : nil
    outcome = attempt.outcome.isEmpty ? nil : attempt.outcome
    exitCode = attempt.hasExitCode ? attempt.exitCode : nil
    signal = attempt.hasSignal ? attempt.signal : nil
    reason = attempt.reason.isEmpty ? nil : attempt.reason
    logState = attempt.logState.text
    logLength = attempt.logLength
    logIncompleteReason =
      attempt.logIncompleteReason.isEmpty ? nil : attempt.logIncompleteReason
  }

  /// One line for people.
  var line: String {
    var parts = [(outcome ?? (startedAt == nil ? "offered" : "running")) + " on \(workerID)"]
    if let exitCode { parts.append("exit code \(exitCode)") }
    if let signal { parts.append("signal \(signal)") }
    parts.append((startedAt ?? offeredAt) + (endedAt.map { " to \($0)" } ?? ""))
    parts.append(
      "log " + ShownLog.text(logState, length: logLength, incompleteReason: logIncompleteReason))
    return parts.joined(separator: ", ") + (reason.map { ": \($0)" } ?? "")
  }
}

/// How a log is described.
enum ShownLog {
  static func text(_ state: String, length: UInt64, incompleteReason: String?) -> String {
    "\(state), \(length) bytes" + (incompleteReason.map { " (\($0))" } ?? "")
  }
}
