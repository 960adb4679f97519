import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension OperatorServiceHandler {
  func publishPoolKey(
    request: Sallyport_Operator_V1_PublishPoolKeyRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_PoolKey {
    try await asOperator(context) { caller in
      guard !request.certificate.isEmpty,
        request.certificate.count <= SecretRules.maximumCertificate
      else {
        throw RequestError(
          "a pool key has a certificate of at most \(SecretRules.maximumCertificate) bytes")
      }
      let key = PoolKeyRecord(
        tenant: caller.tenant, pool: try PoolName(request.pool),
        keyID: try SecretRules.keyID(request.keyID), certificate: Array(request.certificate),
        publishedAt: services.clock.now, publishedBy: caller.name.rawValue)
      try await services.store.publishPoolKey(
        key,
        audit: services.audit.allowed(
          caller.caller, action: "pool-key.publish", object: key.pool.rawValue,
          detail: "key \(key.keyID)"))
      return .init(key)
    }
  }

  func listPoolKeys(
    request: Sallyport_Operator_V1_ListPoolKeysRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListPoolKeysResponse {
    try await asOperator(context) { caller in
      let keys = try await services.store.poolKeys(
        of: try PoolName(request.pool), of: caller.tenant)
      return .with { $0.keys = keys.map { .init($0) } }
    }
  }
}
