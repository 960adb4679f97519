import GRPCCore
import SallyportCore
import SallyportRelay
import SallyportStore

/// Says who calls: from the verified certificate of the connection and nothing else, with the
/// store's word on every call that the identity has not been revoked.
struct Authenticator: Sendable {
  let trustDomain: String
  let store: any Store
  let clock: GatewayClock
  let audit: AuditLog

  func worker(_ context: ServerContext) async throws -> WorkerCaller {
    let caller = try await authenticate(context)
    guard case .worker(let tenant, let pool, let id) = caller.identity else {
      throw try await wrongRole(caller, for: context)
    }
    return WorkerCaller(
      caller: caller, worker: WorkerReference(tenant: tenant, pool: pool, id: id))
  }

  func agent(_ context: ServerContext) async throws -> AgentCaller {
    let caller = try await authenticate(context)
    guard case .agent(_, let pool, let id) = caller.identity else {
      throw try await wrongRole(caller, for: context)
    }
    return AgentCaller(caller: caller, pool: pool, id: id)
  }

  func operatorNamed(_ context: ServerContext) async throws -> OperatorCaller {
    let operatorNamed = try await unjudgedOperator(context)
    return try await judge(
      operatorNamed, by: try await store.standing(of: operatorNamed.identity), in: context)
  }

  /// For a call that begins with a look at the store: that says the operator's standing as well.
  func unjudgedOperator(_ context: ServerContext) async throws -> UnjudgedOperator {
    let caller = try await identify(context)
    guard case .operatorNamed(_, let name) = caller.identity else {
      try await require(
        try await store.standing(of: caller.identity), of: caller, in: context)
      throw try await wrongRole(caller, for: context)
    }
    return UnjudgedOperator(OperatorCaller(caller: caller, name: name))
  }

  /// - Parameter standing: What the store says of the operator now.
  func judge(
    _ unjudged: UnjudgedOperator, by standing: Standing, in context: ServerContext
  ) async throws -> OperatorCaller {
    let caller = unjudged.claimed
    try await require(standing, of: caller.caller, in: context)
    return caller
  }

  /// Any role.
  func authenticate(_ context: ServerContext) async throws -> Caller {
    let caller = try await identify(context)
    try await require(try await store.standing(of: caller.identity), of: caller, in: context)
    return caller
  }

  func authenticate(_ context: PeerContext, action: String) async throws -> Caller {
    let caller = try await identify(context, action: action)
    try await require(try await store.standing(of: caller.identity), of: caller, action: action)
    return caller
  }

  private func identify(_ context: ServerContext) async throws -> Caller {
    guard let peer = context.callContext?.connection else {
      throw AccessError(code: .unauthenticated, message: "the connection has no identity")
    }
    return try await identify(peer, action: context.descriptor.fullyQualifiedMethod)
  }

  /// Who the certificate says it is. What the store says of them is still to be asked.
  private func identify(_ context: PeerContext, action: String) async throws -> Caller {
    guard let peer = context.peer, peer.spiffeID.trustDomain == trustDomain,
      let identity = GatewayIdentity(peer.spiffeID), let tenant = identity.tenant
    else {
      try await audit.deny(
        tenant: nil, actor: context.peer?.spiffeID.uri ?? "", action: action,
        detail: "no identity of this gateway, from \(context.remoteAddress)")
      throw AccessError(code: .unauthenticated, message: "a client certificate is required")
    }
    let caller = Caller(
      identity: identity, tenant: tenant, peer: peer, connection: context.connection,
      remoteAddress: context.remoteAddress)
    try await requireCurrentCertificate(of: caller, action: action)
    return caller
  }

  /// Judges a caller again whose call goes on.
  ///
  /// - Parameter standing: What the store says of it now.
  func require(_ standing: Standing, of caller: Caller, in context: ServerContext) async throws {
    let action = context.descriptor.fullyQualifiedMethod
    try await requireCurrentCertificate(of: caller, action: action)
    try await require(standing, of: caller, action: action)
  }

  private func require(_ standing: Standing, of caller: Caller, action: String) async throws {
    guard standing != .active else { return }
    try await audit.deny(caller, action: action, detail: "the identity is not in good standing")
    throw AccessError(
      code: .forbidden, message: "this identity may not use the gateway; enroll again")
  }

  private func requireCurrentCertificate(of caller: Caller, action: String) async throws {
    guard clock.wallTime.seconds >= caller.peer.notAfter else { return }
    try await audit.deny(caller, action: action, detail: "the certificate has expired")
    throw AccessError(
      code: .unauthenticated, message: "the certificate has expired; renew it and reconnect")
  }

  private func wrongRole(_ caller: Caller, for context: ServerContext) async throws -> AccessError {
    try await audit.deny(
      caller, action: context.descriptor.fullyQualifiedMethod, detail: "wrong role")
    return AccessError(code: .forbidden, message: "this certificate does not allow this call")
  }
}

/// An operator by the certificate alone, which may have been revoked: good for nothing but to ask the
/// store, and for ``Authenticator/judge(_:by:in:)``.
struct UnjudgedOperator: Sendable {
  fileprivate let claimed: OperatorCaller

  var identity: GatewayIdentity { claimed.caller.identity }
  var tenant: TenantName { claimed.tenant }
  /// For the record of what was denied.
  var caller: Caller { claimed.caller }

  fileprivate init(_ claimed: OperatorCaller) { self.claimed = claimed }
}
