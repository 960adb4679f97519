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
    let incompleteReason = try await incompleteReason(attempt, request)
    let result = AttemptResult(
      attempt: attempt, state: try JobState(request.outcome),
      exitCode: request.hasExitCode ? request.exitCode : nil,
      signal: request.hasSignal ? request.signal : nil,
      reason: request.reason.prefix(bytes: 1_024), commit: try await commit(of: request),
      completeLogLength: incompleteReason == nil ? request.logLength : nil,
      logIncompleteReason: incompleteReason ?? "bytes were added after the worker's report",
      time: services.clock.now, isDenied: request.denied)
    let outcome = try await services.store.finishAttempt(
      result, by: caller.worker,
      audit: services.audit.allowed(
        caller.caller, action: "attempt.finish", object: "\(attempt)",
        detail: result.state.rawValue))
    switch outcome {
    case .recorded(let job, let outcome):
      services.notifier.finished(job)
      return .with { $0.recordedOutcome = .init(outcome) }
    case .repeated(let outcome):
      return .with { $0.recordedOutcome = .init(outcome) }
    case .stale:
      try await services.audit.deny(
        caller.caller, action: "attempt.finish", object: "\(attempt)", detail: "not held")
      throw RPCError(code: .failedPrecondition, message: "this worker does not run this attempt")
    }
  }

  /// Whole only where the gateway itself has every byte and hashes them to what the worker says.
  ///
  /// - Returns: What is missing, one line; nil for a whole log.
  private func incompleteReason(
    _ attempt: AttemptID, _ request: Sallyport_Worker_V1_FinishAttemptRequest
  ) async throws -> String? {
    let stored = try await services.store.openLogLength(of: attempt, by: caller.worker)
    // Whatever is said of an attempt that is not held changes nothing.
    guard let stored else { return "the worker does not hold the attempt" }
    let lengths = "length \(stored) of \(request.logLength) bytes stored"
    if stored < request.logLength, request.logLength > services.limits.maximumLogLength {
      return "beyond the gateway's logs.maximum-size: \(lengths)"
    }
    if request.logIncomplete {
      let reason = request.logIncompleteReason.oneLine.prefix(bytes: 512)
      return reason.isEmpty ? "the worker says that bytes are missing" : reason
    }
    guard stored == request.logLength else { return lengths }
    let digest = try await services.digests.digest(
      of: attempt, tenant: caller.worker.tenant, length: stored, store: services.store)
    return digest == Array(request.logSha256) ? nil : "SHA-256 differs"
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

extension String {
  /// With spaces for line ends, so that it stays one line wherever it is shown.
  fileprivate var oneLine: String {
    String(map { $0.isNewline ? " " : $0 })
  }
}
