import SallyportConfig
import SallyportProtos

/// A job. Numbers that do not apply yet are left out.
struct JobView: ListView, DetailView {
  let id: String
  let pool: String
  let state: String
  let epoch: UInt64
  let spec: JobSpecView
  let scheduling: SchedulingView
  /// What a queued job waits for; only of a job that was asked for by its id.
  let waitingFor: String?
  let notBefore: String?
  let attemptsRun: UInt32
  let workerID: String?
  let submittedBy: String
  let submittedAt: String
  let startedAt: String?
  let finishedAt: String?
  let exitCode: Int32?
  let signal: Int32?
  let reason: String?
  let commit: String?
  let cancelRequested: Bool
  let cancellation: CancellationView?
  let logState: String
  let logLength: UInt64
  let logIncompleteReason: String?
  /// Only of a job that was asked for by its id.
  let attempts: [AttemptView]?
  let relayBytesToWorker: UInt64
  let relayBytesToAgent: UInt64
  /// Whether the cancellation is still to take effect; for people only.
  private let isCancelling: Bool

  enum CodingKeys: String, CodingKey {
    case id, pool, state, epoch, spec, scheduling, signal, reason, commit, cancellation, attempts
    case waitingFor = "waiting_for"
    case notBefore = "not_before"
    case attemptsRun = "attempts_run"
    case workerID = "worker_id"
    case submittedBy = "submitted_by"
    case submittedAt = "submitted_at"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case exitCode = "exit_code"
    case cancelRequested = "cancel_requested"
    case logState = "log_state"
    case logLength = "log_length"
    case logIncompleteReason = "log_incomplete_reason"
    case relayBytesToWorker = "relay_bytes_to_worker"
    case relayBytesToAgent = "relay_bytes_to_agent"
  }

  init(_ job: Sallyport_Operator_V1_Job) {
    id = job.id
    pool = job.pool
    state = job.state.text
    epoch = job.epoch
    spec = JobSpecView(job.spec)
    scheduling = SchedulingView(job.scheduling)
    waitingFor = job.waitingFor.isEmpty ? nil : job.waitingFor
    notBefore = job.hasNotBefore ? job.notBefore.text : nil
    attemptsRun = job.attemptsRun
    workerID = job.workerID.isEmpty ? nil : job.workerID
    submittedBy = job.submittedBy
    submittedAt = job.submittedAt.text
    startedAt = job.hasStartedAt ? job.startedAt.text : nil
    finishedAt = job.hasFinishedAt ? job.finishedAt.text : nil
    exitCode = job.hasExitCode ? job.exitCode : nil
    signal = job.hasSignal ? job.signal : nil
    reason = job.reason.isEmpty ? nil : job.reason
    commit = job.commit.isEmpty ? nil : job.commit
    cancelRequested = job.cancelRequested
    logState = job.logState.text
    logLength = job.logLength
    logIncompleteReason = job.logIncompleteReason.isEmpty ? nil : job.logIncompleteReason
    cancellation = CancellationView(job)
    attempts = job.attempts.isEmpty ? nil : job.attempts.map { AttemptView($0) }
    relayBytesToWorker = job.relayBytesToWorker
    relayBytesToAgent = job.relayBytesToAgent
    isCancelling = job.cancelRequested && !job.state.isFinal
  }

  static let columns = ["id", "pool", "state", "submitted", "command"]
  var cells: [String] {
    [id, pool, state, submittedAt, ShownText.short(spec.commandLine, limit: 60)]
  }

  var details: [(name: String, value: String)] {
    var details = [
      ("id", id), ("pool", pool), ("state", state + (isCancelling ? ", cancelling" : "")),
    ]
    if let waitingFor { details.append(("waiting for", waitingFor)) }
    if let exitCode { details.append(("exit code", "\(exitCode)")) }
    if let signal { details.append(("signal", "\(signal)")) }
    if let reason { details.append(("reason", reason)) }
    details += spec.details + scheduling.details
    if let commit { details.append(("commit", commit)) }
    if let workerID { details.append(("worker", "\(workerID), attempt \(epoch)")) }
    details += [("submitted", "\(submittedAt) by \(submittedBy)")]
    if let startedAt { details.append(("started", startedAt)) }
    if let finishedAt { details.append(("finished", finishedAt)) }
    details += cancellation?.details ?? []
    details += [
      ("log", ShownLog.text(logState, length: logLength, incompleteReason: logIncompleteReason)),
      ("relayed", "\(relayBytesToWorker) bytes to worker, \(relayBytesToAgent) to agent"),
    ]
    details += (attempts ?? []).map { ("attempt \($0.epoch)", $0.line) }
    return details
  }
}
