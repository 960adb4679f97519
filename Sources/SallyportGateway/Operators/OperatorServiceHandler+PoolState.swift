import GRPCCore
import SallyportProtos

extension OperatorServiceHandler {
  func updatePool(
    request: Sallyport_Operator_V1_UpdatePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool {
    throw RPCError(code: .unimplemented, message: "not in this version")
  }

  func pausePool(
    request: Sallyport_Operator_V1_PausePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool {
    throw RPCError(code: .unimplemented, message: "not in this version")
  }

  func resumePool(
    request: Sallyport_Operator_V1_ResumePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool {
    throw RPCError(code: .unimplemented, message: "not in this version")
  }
}
