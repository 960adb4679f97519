import GRPCCore
import SallyportProtos
import SwiftProtobuf

extension FakeOperatorService {
  func publishPoolKey(
    request: Sallyport_Operator_V1_PublishPoolKeyRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_PoolKey {
    let key = Sallyport_Operator_V1_PoolKey.with {
      $0.pool = request.pool
      $0.keyID = request.keyID
      $0.certificate = request.certificate
    }
    gateway.update { $0.poolKeys.insert(key, at: 0) }
    return key
  }

  func listPoolKeys(
    request: Sallyport_Operator_V1_ListPoolKeysRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListPoolKeysResponse {
    .with { $0.keys = gateway.update { $0.poolKeys } }
  }

  func createContext(
    request: Sallyport_Operator_V1_CreateContextRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Context {
    let made = Sallyport_Operator_V1_Context.with { $0.name = request.name }
    gateway.update { $0.contexts.append(made) }
    return made
  }

  func listContexts(
    request: Sallyport_Operator_V1_ListContextsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListContextsResponse {
    .with { $0.contexts = gateway.update { $0.contexts } }
  }

  func removeContext(
    request: Sallyport_Operator_V1_RemoveContextRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RemoveContextResponse {
    gateway.update { $0.acknowledged.append("remove context \(request.name)") }
    return .init()
  }

  func attachContext(
    request: Sallyport_Operator_V1_AttachContextRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Context {
    .with {
      $0.name = request.context
      $0.pools = [request.pool]
    }
  }

  func detachContext(
    request: Sallyport_Operator_V1_DetachContextRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Context {
    .with { $0.name = request.context }
  }

  func setSecret(
    request: Sallyport_Operator_V1_SetSecretRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Secret {
    let isLost = gateway.update { state in
      state.secrets.append(request)
      defer { state.lostRaces = max(0, state.lostRaces - 1) }
      return state.lostRaces > 0
    }
    if isLost { throw RPCError(code: .aborted, message: "seal the next version") }
    return secret(request)
  }

  func listSecrets(
    request: Sallyport_Operator_V1_ListSecretsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListSecretsResponse {
    .with { response in
      response.secrets = gateway.update { $0.secrets }.map { secret($0) }
    }
  }

  private func secret(
    _ request: Sallyport_Operator_V1_SetSecretRequest
  ) -> Sallyport_Operator_V1_Secret {
    .with {
      $0.context = request.context
      $0.pool = request.pool
      $0.name = request.name
      $0.version = request.version
      $0.keyID = request.sealed.dropFirst().prefix(32)
        .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
  }

  func removeSecret(
    request: Sallyport_Operator_V1_RemoveSecretRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RemoveSecretResponse {
    gateway.update { $0.acknowledged.append("remove secret \(request.name)") }
    return .init()
  }

  func setVariable(
    request: Sallyport_Operator_V1_SetVariableRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Variable {
    let variable = Sallyport_Operator_V1_Variable.with {
      $0.context = request.context
      $0.name = request.name
      $0.value = request.value
    }
    gateway.update { $0.variables.append(variable) }
    return variable
  }

  func listVariables(
    request: Sallyport_Operator_V1_ListVariablesRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListVariablesResponse {
    .with { $0.variables = gateway.update { $0.variables } }
  }

  func removeVariable(
    request: Sallyport_Operator_V1_RemoveVariableRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RemoveVariableResponse {
    gateway.update { $0.acknowledged.append("remove variable \(request.name)") }
    return .init()
  }
}
