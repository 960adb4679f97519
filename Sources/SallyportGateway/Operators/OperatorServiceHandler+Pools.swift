import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension OperatorServiceHandler {
  func createPool(
    request: Sallyport_Operator_V1_CreatePoolRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Pool {
    try await asOperator(context) { caller in
      guard let kind = try PoolKind(request.kind) else {
        throw RequestError("a pool is of kind worker or vcs")
      }
      guard kind == .worker || !request.sealed else {
        throw RequestError("only worker pools can be sealed")
      }
      guard kind == .worker || request.maximumRunning == 0 else {
        throw RequestError("only worker pools have a cap on running jobs")
      }
      let maximum = try maximumRunning(request.maximumRunning)
      let pool = Pool(
        tenant: caller.tenant, name: try PoolName(request.name), kind: kind,
        sealed: request.sealed, createdAt: services.clock.now,
        maximumRunning: maximum == 0 ? nil : maximum)
      try await services.store.createPool(
        pool,
        audit: services.audit.allowed(
          caller.caller, action: "pool.create", object: pool.name.rawValue))
      return .init(pool)
    }
  }

  func listPools(
    request: Sallyport_Operator_V1_ListPoolsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListPoolsResponse {
    try await asOperator(context) { caller in
      let pools = try await services.store.pools(
        of: caller.tenant, kind: try PoolKind(request.kind))
      return .with { $0.pools = pools.map { .init($0) } }
    }
  }

  func createToken(
    request: Sallyport_Operator_V1_CreateTokenRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_CreateTokenResponse {
    try await asOperator(context) { caller in
      let token = EnrollmentToken.make()
      let now = services.clock.now
      let record = EnrollmentTokenRecord(
        id: .random(), tenant: caller.tenant, pool: try PoolName(request.pool), hash: token.hash,
        createdAt: now, expiresAt: now + (try lifetime(of: request)),
        usesLeft: try uses(of: request))
      try await services.store.createToken(
        record,
        audit: services.audit.allowed(
          caller.caller, action: "token.create", object: record.id.rawValue,
          detail: "pool \(record.pool), \(record.usesLeft) uses"))
      return .with {
        $0.tokenID = record.id.rawValue
        $0.token = token.text.withValue { $0 }
        $0.expiresAt = .init(record.expiresAt)
      }
    }
  }

  func listTokens(
    request: Sallyport_Operator_V1_ListTokensRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListTokensResponse {
    try await asOperator(context) { caller in
      let tokens = try await services.store.tokens(
        of: caller.tenant, pool: try optionalPool(request.pool))
      return .with { $0.tokens = tokens.map { .init($0) } }
    }
  }

  func revokeToken(
    request: Sallyport_Operator_V1_RevokeTokenRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RevokeTokenResponse {
    try await asOperator(context) { caller in
      let id: TokenID = try id(request.tokenID, "token")
      try await services.store.revokeToken(
        id, of: caller.tenant, at: services.clock.now,
        audit: services.audit.allowed(caller.caller, action: "token.revoke", object: id.rawValue))
      return .init()
    }
  }

  private func lifetime(
    of request: Sallyport_Operator_V1_CreateTokenRequest
  ) throws -> Duration {
    guard request.hasLifetime, request.lifetime != .init() else {
      return min(services.limits.defaultTokenLifetime, services.limits.maximumTokenLifetime)
    }
    let maximum = services.limits.maximumTokenLifetime
    guard let lifetime = Duration(request.lifetime), lifetime <= maximum else {
      throw RequestError(
        "a token's lifetime is positive and at most \(maximum.components.seconds) s")
    }
    return lifetime
  }

  private func uses(of request: Sallyport_Operator_V1_CreateTokenRequest) throws -> UInt32 {
    guard request.uses <= services.limits.maximumTokenUses else {
      throw RequestError("a token has at most \(services.limits.maximumTokenUses) uses")
    }
    return max(request.uses, 1)
  }
}
