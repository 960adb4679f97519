import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension OperatorServiceHandler {
  func cyclePool(
    request: Sallyport_Operator_V1_CyclePoolRequest,
    response: RPCWriter<Sallyport_Operator_V1_CycleEvent>, context: ServerContext
  ) async throws {
    try await asOperator(context) { caller in
      let pool = try PoolName(request.pool)
      guard try await services.store.pool(pool, of: caller.tenant)?.kind == .worker else {
        throw StoreError(code: .notFound, message: "there is no worker pool \(pool)")
      }
      let reason = request.reason.isEmpty ? "cycled by \(caller.name)" : request.reason
      let run = PoolCycleRun(
        handler: self, caller: caller, pool: PoolKey(tenant: caller.tenant, pool: pool),
        drain: DrainRequest(
          reason: reason.prefix(bytes: 512), restart: true,
          jobTimeout: try jobTimeout(request.hasJobTimeout ? request.jobTimeout : nil)),
        maximumUnavailable: Int(clamping: max(request.maximumUnavailable, 1)),
        returnTimeout: try returnTimeout(of: request))
      try await services.audit.record(
        services.audit.allowed(
          caller.caller, action: "pool.cycle", object: pool.rawValue, detail: run.drain.reason))
      try await run.run(response, context)
    }
  }

  private func returnTimeout(
    of request: Sallyport_Operator_V1_CyclePoolRequest
  ) throws -> Duration {
    guard request.hasReturnTimeout else { return .seconds(300) }
    guard let timeout = Duration(request.returnTimeout), timeout > .zero,
      timeout <= .seconds(86_400)
    else { throw RequestError("the return timeout of a cycle is at most 86400 s, and not zero") }
    return timeout
  }
}
