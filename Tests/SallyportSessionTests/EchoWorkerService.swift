import GRPCCore
import SallyportProtos
import SwiftProtobuf

/// Welcomes, then answers every ping.
struct EchoWorkerService: Sallyport_Worker_V1_WorkerService.SimpleServiceProtocol {
  func session(
    request: RPCAsyncSequence<Sallyport_Worker_V1_WorkerMessage, any Error>,
    response: RPCWriter<Sallyport_Worker_V1_GatewayMessage>, context: ServerContext
  ) async throws {
    for try await message in request {
      switch message.message {
      case .hello:
        try await response.write(.with { $0.welcome.sessionID = "s" })
      case .ping(let ping):
        try await response.write(.with { $0.pong.nonce = ping.nonce })
      default: continue
      }
    }
  }

  func writeLog(
    request: RPCAsyncSequence<Sallyport_Worker_V1_LogChunk, any Error>,
    response: RPCWriter<Sallyport_Worker_V1_LogAck>, context: ServerContext
  ) async throws {}

  func finishAttempt(
    request: Sallyport_Worker_V1_FinishAttemptRequest, context: ServerContext
  ) async throws -> Sallyport_Worker_V1_FinishAttemptResponse {
    Sallyport_Worker_V1_FinishAttemptResponse()
  }

  func getSealedSecrets(
    request: Sallyport_Worker_V1_GetSealedSecretsRequest,
    response: RPCWriter<Sallyport_Worker_V1_SealedSecret>, context: ServerContext
  ) async throws {}
}
