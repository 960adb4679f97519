import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore

/// `sallyport.operator.v1`. The tenant of every call is that of the caller's certificate.
struct OperatorServiceHandler: Sallyport_Operator_V1_OperatorService.SimpleServiceProtocol {
  let services: GatewayServices

  /// Authenticates, then runs `body`; every error becomes a gRPC status.
  func asOperator<Value>(
    _ context: ServerContext, _ body: (OperatorCaller) async throws -> Value
  ) async throws -> Value {
    try await withRPCErrors(services.logger) {
      let caller = try await services.authenticator.operatorNamed(context)
      do {
        return try await body(caller)
      } catch let error as StoreError where error.code == .notFound {
        // Another tenant's objects are not there either: who looks for them leaves a trace.
        try await services.audit.deny(
          caller.caller, action: context.descriptor.fullyQualifiedMethod, detail: error.message)
        throw error
      }
    }
  }

  /// An id of another form than ids have names nothing.
  func id<ID: RandomIdentifier>(_ text: String, _ kind: String) throws -> ID {
    guard let id = ID(text) else {
      throw StoreError(code: .notFound, message: "there is no \(kind) \(text.prefix(64))")
    }
    return id
  }

  func optionalPool(_ text: String) throws -> PoolName? {
    text.isEmpty ? nil : try PoolName(text)
  }
}
