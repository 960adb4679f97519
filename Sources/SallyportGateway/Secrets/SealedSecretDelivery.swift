import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// Hands what is sealed for a job to the worker that runs it, and to nobody else.
struct SealedSecretDelivery: Sendable {
  let caller: WorkerCaller
  let services: GatewayServices

  /// - Throws: `RPCError` with `FAILED_PRECONDITION` where the attempt is not this worker's;
  ///   ``RequestError`` where the job does not name a secret.
  func secrets(
    for request: Sallyport_Worker_V1_GetSealedSecretsRequest
  ) async throws -> [Sallyport_Worker_V1_SealedSecret] {
    let attempt = try AttemptID(request.attempt)
    let job = try await services.store.leasedJob(
      attempt, by: caller.worker, at: services.clock.now)
    guard let job else {
      try await services.audit.deny(
        caller.caller, action: "secret.deliver", object: "\(attempt)", detail: "not held")
      throw RPCError(code: .failedPrecondition, message: "this worker does not run this attempt")
    }
    let specs = try await services.store.jobSpecs(of: [job.id], of: job.tenant, budget: .max)
    let spec = try JobSpec(serializedBytes: specs[job.id] ?? [])
    guard Set(request.names).isSubset(of: spec.secrets.map(\.name)),
      Set(request.names).count == request.names.count
    else { throw RequestError("a worker asks for the secrets that its job names, each once") }
    let found = try await services.store.sealedSecrets(
      named: request.names, for: caller.worker.pool,
      contexts: try SecretRules.contexts(spec.contexts), of: job.tenant)
    try await services.audit.record(
      services.audit.allowed(
        caller.caller, action: "secret.deliver", object: "\(attempt)",
        detail: found.map { "\($0.context)/\($0.name) \($0.version)" }
          .joined(separator: ", ").prefix(bytes: 4_096)))
    return found.map { secret in
      .with {
        $0.context = secret.context.rawValue
        $0.name = secret.name
        $0.version = secret.version
        $0.sealed = Data(secret.sealed)
      }
    }
  }
}
