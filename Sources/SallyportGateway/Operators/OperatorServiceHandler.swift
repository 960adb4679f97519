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
    try await asOperator(
      context, lookingAt: { (try await services.store.standing(of: $0.identity), ()) }
    ) { caller, _ in try await body(caller) }
  }

  /// The same for a call that begins with a look at the store, which spares it a look of its own for the
  /// operator's standing.
  ///
  /// - Parameter look: Is to show nothing to who is not in good standing, not even by its errors.
  func asOperator<Look, Value>(
    _ context: ServerContext,
    lookingAt look: (UnjudgedOperator) async throws -> (standing: Standing, seen: Look),
    _ body: (OperatorCaller, Look) async throws -> Value
  ) async throws -> Value {
    try await asUnjudgedOperator(context) { unjudged in
      let (standing, seen) = try await look(unjudged)
      return try await body(
        try await services.authenticator.judge(unjudged, by: standing, in: context), seen)
    }
  }

  /// The same for a call that looks at the store again and again, and has the operator judged each time:
  /// `body` must do so before it answers, and before it throws anything that the store has said.
  func asUnjudgedOperator<Value>(
    _ context: ServerContext, _ body: (UnjudgedOperator) async throws -> Value
  ) async throws -> Value {
    try await withRPCErrors(services.logger) {
      let unjudged = try await services.authenticator.unjudgedOperator(context)
      do {
        return try await body(unjudged)
      } catch let error as StoreError where error.code == .notFound {
        // Another tenant's objects are not there either: who looks for them leaves a trace.
        try await services.audit.deny(
          unjudged.caller, action: context.descriptor.fullyQualifiedMethod, detail: error.message)
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
