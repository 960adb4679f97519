import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportSealing
import SallyportStore
import SwiftProtobuf

extension OperatorServiceHandler {
  func setSecret(
    request: Sallyport_Operator_V1_SetSecretRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Secret {
    try await asOperator(context) { caller in
      let bytes = Array(request.sealed)
      let sealed = try SecretRules.sealed(bytes)
      let secret = SecretRecord(
        tenant: caller.tenant, context: try ContextName(request.context),
        pool: try PoolName(request.pool), name: try SecretRules.secretName(request.name),
        version: request.version, keyID: "\(sealed.keyID)", setAt: services.clock.now,
        setBy: caller.name.rawValue)
      try await services.store.setSecret(
        secret, sealed: bytes,
        audit: services.audit.allowed(
          caller.caller, action: "secret.set", object: "\(secret.context)/\(secret.name)",
          detail: "pool \(secret.pool), version \(secret.version), key \(secret.keyID)"))
      return .init(secret)
    }
  }

  func listSecrets(
    request: Sallyport_Operator_V1_ListSecretsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListSecretsResponse {
    try await asOperator(context) { caller in
      let secrets = try await services.store.secrets(
        in: try ContextName(request.context), pool: try optionalPool(request.pool),
        of: caller.tenant)
      return .with { response in
        response.secrets = secrets.filter { request.includeRemoved || !$0.isRemoved }
          .map { .init($0) }
      }
    }
  }

  func removeSecret(
    request: Sallyport_Operator_V1_RemoveSecretRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RemoveSecretResponse {
    try await asOperator(context) { caller in
      let name = try SecretRules.secretName(request.name)
      let group = try ContextName(request.context)
      let pool = try PoolName(request.pool)
      try await services.store.removeSecret(
        name, in: group, pool: pool, of: caller.tenant,
        audit: services.audit.allowed(
          caller.caller, action: "secret.remove", object: "\(group)/\(name)",
          detail: "pool \(pool)"))
      return .init()
    }
  }

  func setVariable(
    request: Sallyport_Operator_V1_SetVariableRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Variable {
    try await asOperator(context) { caller in
      let variable = VariableRecord(
        tenant: caller.tenant, context: try ContextName(request.context),
        name: try SecretRules.variableName(request.name),
        value: try SecretRules.value(request.value), setAt: services.clock.now,
        setBy: caller.name.rawValue)
      try await services.store.setVariable(
        variable,
        audit: services.audit.allowed(
          caller.caller, action: "variable.set", object: "\(variable.context)/\(variable.name)"))
      return .init(variable)
    }
  }

  func listVariables(
    request: Sallyport_Operator_V1_ListVariablesRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListVariablesResponse {
    try await asOperator(context) { caller in
      let variables = try await services.store.variables(
        in: try ContextName(request.context), of: caller.tenant)
      var size = 0
      for variable in variables { size += variable.value.utf8.count + 512 }
      guard size <= services.limits.listingSize else {
        throw RPCError(
          code: .resourceExhausted, message: "the context has more variables than one answer holds")
      }
      return .with { $0.variables = variables.map { .init($0) } }
    }
  }

  func removeVariable(
    request: Sallyport_Operator_V1_RemoveVariableRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RemoveVariableResponse {
    try await asOperator(context) { caller in
      let name = try SecretRules.variableName(request.name)
      let group = try ContextName(request.context)
      try await services.store.removeVariable(
        name, in: group, of: caller.tenant,
        audit: services.audit.allowed(
          caller.caller, action: "variable.remove", object: "\(group)/\(name)"))
      return .init()
    }
  }
}
