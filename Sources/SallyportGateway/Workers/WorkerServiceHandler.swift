import GRPCCore
import SallyportProtos

/// `sallyport.worker.v1`, as served to workers.
struct WorkerServiceHandler: Sallyport_Worker_V1_WorkerService.SimpleServiceProtocol {
  let services: GatewayServices

  func session(
    request: RPCAsyncSequence<WorkerMessage, any Error>, response: RPCWriter<MessageToWorker>,
    context: ServerContext
  ) async throws {
    try await withRPCErrors(services.logger) {
      let caller = try await services.authenticator.worker(context)
      WorkerSession(caller: caller, services: services, call: try context.lastingCall).begin()
    }
  }

  func writeLog(
    request: RPCAsyncSequence<Sallyport_Worker_V1_LogChunk, any Error>,
    response: RPCWriter<Sallyport_Worker_V1_LogAck>, context: ServerContext
  ) async throws {
    try await withRPCErrors(services.logger) {
      let caller = try await services.authenticator.worker(context)
      var writer = LogWriter(caller: caller, services: services)
      defer { writer.end() }
      for try await chunk in request {
        try await response.write(try await writer.write(chunk))
      }
    }
  }

  func finishAttempt(
    request: Sallyport_Worker_V1_FinishAttemptRequest, context: ServerContext
  ) async throws -> Sallyport_Worker_V1_FinishAttemptResponse {
    try await withRPCErrors(services.logger) {
      let caller = try await services.authenticator.worker(context)
      return try await AttemptFinisher(caller: caller, services: services).finish(request)
    }
  }

  func getSealedSecrets(
    request: Sallyport_Worker_V1_GetSealedSecretsRequest,
    response: RPCWriter<Sallyport_Worker_V1_SealedSecret>, context: ServerContext
  ) async throws {
    try await withRPCErrors(services.logger) {
      let caller = try await services.authenticator.worker(context)
      let delivery = SealedSecretDelivery(caller: caller, services: services)
      for secret in try await delivery.secrets(for: request) { try await response.write(secret) }
    }
  }
}
