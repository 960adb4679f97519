import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension OperatorServiceHandler {
  func createContext(
    request: Sallyport_Operator_V1_CreateContextRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Context {
    try await asOperator(context) { caller in
      let record = ContextRecord(
        tenant: caller.tenant, name: try ContextName(request.name), createdAt: services.clock.now)
      try await services.store.createContext(
        record,
        audit: services.audit.allowed(
          caller.caller, action: "context.create", object: record.name.rawValue))
      return .init(record)
    }
  }

  func listContexts(
    request: Sallyport_Operator_V1_ListContextsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListContextsResponse {
    try await asOperator(context) { caller in
      let contexts = try await services.store.contexts(of: caller.tenant)
      return .with { $0.contexts = contexts.map { .init($0) } }
    }
  }

  func removeContext(
    request: Sallyport_Operator_V1_RemoveContextRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RemoveContextResponse {
    try await asOperator(context) { caller in
      let name = try ContextName(request.name)
      try await services.store.removeContext(
        name, of: caller.tenant,
        audit: services.audit.allowed(
          caller.caller, action: "context.remove", object: name.rawValue))
      return .init()
    }
  }

  func attachContext(
    request: Sallyport_Operator_V1_AttachContextRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Context {
    try await asOperator(context) { caller in
      let name = try ContextName(request.context)
      let pool = try PoolName(request.pool)
      return .init(
        try await services.store.attachContext(
          name, to: pool, of: caller.tenant,
          audit: services.audit.allowed(
            caller.caller, action: "context.attach", object: name.rawValue, detail: "pool \(pool)"))
      )
    }
  }

  func detachContext(
    request: Sallyport_Operator_V1_DetachContextRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Context {
    try await asOperator(context) { caller in
      let name = try ContextName(request.context)
      let pool = try PoolName(request.pool)
      return .init(
        try await services.store.detachContext(
          name, from: pool, of: caller.tenant,
          audit: services.audit.allowed(
            caller.caller, action: "context.detach", object: name.rawValue, detail: "pool \(pool)"))
      )
    }
  }
}
