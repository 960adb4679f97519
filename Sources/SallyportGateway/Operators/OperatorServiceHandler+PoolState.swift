import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore

extension OperatorServiceHandler {
  func updatePool(
    request: Sallyport_Operator_V1_UpdatePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool {
    try await asOperator(context) { caller in
      let name = try PoolName(request.name)
      let maximum = request.hasMaximumRunning ? request.maximumRunning : nil
      let pool = try await services.store.updatePool(
        name, of: caller.tenant, maximumRunning: try maximum.map { try maximumRunning($0) },
        audit: services.audit.allowed(
          caller.caller, action: "pool.update", object: name.rawValue,
          detail: maximum.map { "at most \($0) running" } ?? ""))
      services.dispatcher.changed(PoolKey(tenant: caller.tenant, pool: name))
      return .init(pool)
    }
  }

  func pausePool(
    request: Sallyport_Operator_V1_PausePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool {
    try await asOperator(context) { caller in
      let name = try PoolName(request.name)
      guard !request.reason.isEmpty, request.reason.utf8.count <= 512 else {
        throw RequestError("a pause needs a reason of at most 512 bytes")
      }
      return .init(
        try await services.store.setPause(
          PoolPause(reason: request.reason, since: services.clock.now), of: name,
          of: caller.tenant,
          audit: services.audit.allowed(
            caller.caller, action: "pool.pause", object: name.rawValue, detail: request.reason)))
    }
  }

  func resumePool(
    request: Sallyport_Operator_V1_ResumePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool {
    try await asOperator(context) { caller in
      let name = try PoolName(request.name)
      let pool = try await services.store.setPause(
        nil, of: name, of: caller.tenant,
        audit: services.audit.allowed(
          caller.caller, action: "pool.resume", object: name.rawValue))
      services.dispatcher.changed(PoolKey(tenant: caller.tenant, pool: name))
      return .init(pool)
    }
  }

  /// Zero: no cap.
  func maximumRunning(_ maximum: UInt32) throws -> UInt32 {
    guard maximum <= services.limits.maximumRunningCap else {
      throw RequestError("a cap on running jobs is at most \(services.limits.maximumRunningCap)")
    }
    return maximum
  }
}
