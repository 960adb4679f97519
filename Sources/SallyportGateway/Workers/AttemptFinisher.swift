import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// Records the end of an attempt.
struct AttemptFinisher: Sendable {
  let caller: WorkerCaller
  let services: GatewayServices

  func finish(
    _ request: Sallyport_Worker_V1_FinishAttemptRequest
  ) async throws -> Sallyport_Worker_V1_FinishAttemptResponse {
    let attempt = try AttemptID(request.attempt)
    let isLogComplete = try await isLogComplete(attempt, request)
    let result = AttemptResult(
      attempt: attempt, state: try JobState(request.outcome),
      exitCode: request.hasExitCode ? request.exitCode : nil,
      signal: request.hasSignal ? request.signal : nil,
      reason: request.reason.prefix(bytes: 1_024), commit: try await commit(of: request),
      completeLogLength: isLogComplete ? request.logLength : nil, time: services.clock.now)
    let outcome = try await services.store.finishAttempt(
      result, by: caller.worker,
      audit: services.audit.allowed(
        caller.caller, action: "attempt.finish", object: "\(attempt)",
        detail: result.state.rawValue))
    switch outcome {
    case .recorded(let job):
      services.notifier.changed(job)
      return .with { $0.recordedOutcome = .init(job.state) }
    case .repeated(let job):
      return .with { $0.recordedOutcome = .init(job.state) }
    case .stale:
      try await services.audit.deny(
        caller.caller, action: "attempt.finish", object: "\(attempt)", detail: "not held")
      throw RPCError(code: .failedPrecondition, message: "this worker does not run this attempt")
    }
  }

  /// Whole only where the gateway itself has every byte and hashes them to what the worker says.
  private func isLogComplete(
    _ attempt: AttemptID, _ request: Sallyport_Worker_V1_FinishAttemptRequest
  ) async throws -> Bool {
    guard !request.logIncomplete,
      let length = try await services.store.openLogLength(of: attempt, by: caller.worker),
      length == request.logLength
    else { return false }
    let digest = try await services.digests.digest(
      of: attempt, tenant: caller.worker.tenant, length: length, store: services.store)
    return digest == Array(request.logSha256)
  }

  /// A sealed pool's commit stays with the customer, also where a worker reports it.
  private func commit(
    of request: Sallyport_Worker_V1_FinishAttemptRequest
  ) async throws -> String {
    guard !request.commit.isEmpty else { return "" }
    guard JobSpecRules.isCommit(request.commit) else {
      throw RequestError("a commit has 40 lower-case hexadecimal digits")
    }
    let pool = try await services.store.pool(caller.worker.pool, of: caller.worker.tenant)
    return pool?.sealed == false ? request.commit : ""
  }
}
