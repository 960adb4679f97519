import GRPCCore
import SallyportProtos

/// `sallyport.vcs.v1`, as served to VCS agents.
struct VCSServiceHandler: Sallyport_Vcs_V1_VCSService.SimpleServiceProtocol {
  let services: GatewayServices

  func session(
    request: RPCAsyncSequence<AgentMessage, any Error>, response: RPCWriter<MessageToAgent>,
    context: ServerContext
  ) async throws {
    try await withRPCErrors(services.logger) {
      let caller = try await services.authenticator.agent(context)
      AgentSession(caller: caller, services: services, call: try context.lastingCall).begin()
    }
  }
}
