import GRPCCore
import SallyportProtos

extension OperatorServiceHandler {
  func cyclePool(
    request: Sallyport_Operator_V1_CyclePoolRequest,
    response: RPCWriter<Sallyport_Operator_V1_CycleEvent>, context: ServerContext
  ) async throws {
    throw RPCError(code: .unimplemented, message: "not in this version")
  }
}
