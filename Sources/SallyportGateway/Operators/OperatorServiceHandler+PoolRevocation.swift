import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension OperatorServiceHandler {
  func revokePool(
    request: Sallyport_Operator_V1_RevokePoolRequest,
    response: RPCWriter<Sallyport_Operator_V1_PoolRevocation>, context: ServerContext
  ) async throws {
    try await asOperator(context) { caller in
      let name = try PoolName(request.name)
      guard request.reason.utf8.count <= 512 else {
        throw RequestError("a reason has at most 512 bytes")
      }
      guard !request.purge || request.confirm == request.name else {
        throw RequestError("a purge is confirmed by the name of the pool: '\(name)'")
      }
      let result = try await services.store.revokePool(
        name, of: caller.tenant, isPurge: request.purge, at: services.clock.now,
        audit: services.audit.allowed(
          caller.caller, action: "pool.revoke", object: name.rawValue,
          detail: request.purge ? "with a purge: \(request.reason)" : request.reason))
      services.notifier.apply(result.changes)
      let key = PoolKey(tenant: caller.tenant, pool: name)
      services.poolEndings.clearFailure(of: key)
      await services.revoked(.pool(tenant: caller.tenant, name: name))
      if request.purge { try await response.write(event(result, result.pool)) }
      let pool = try await follow(key, request, response, context)
      try await response.write(request.purge ? event(.purged, pool) : event(result, pool))
    }
  }

  /// - Returns: The pool at its end, as far as it was asked for.
  private func follow(
    _ key: PoolKey, _ request: Sallyport_Operator_V1_RevokePoolRequest,
    _ response: RPCWriter<Sallyport_Operator_V1_PoolRevocation>, _ context: ServerContext
  ) async throws -> Pool {
    let watchers = services.poolEndings.watchers
    let watch = watchers.watch(key)
    defer { watchers.end(watch, of: key) }
    let source = watch.source
    return try await withTaskGroup(of: Void.self) { group -> Result<Pool, any Error> in
      group.addTask { await onRPCCancellation { source.finish() } }
      defer { group.cancelAll() }
      var last = ""
      do {
        for await _ in watch.changes {
          _ = try await services.authenticator.operatorNamed(context)
          let work = try await services.store.poolWork().first {
            $0.tenant == key.tenant && $0.pool == key.pool
          }
          guard let pool = try await services.store.pool(key.pool, of: key.tenant) else { break }
          guard let work else { return .success(pool) }
          guard !services.poolEndings.isFailing(key) else { throw Self.held(key.pool) }
          guard request.purge, work.table != last else { continue }
          last = work.table
          try await response.write(event(.purging, pool, work.table))
        }
        throw Self.interrupted
      } catch {
        return .failure(error)
      }
    }.get()
  }

  private static func held(_ pool: PoolName) -> RPCError {
    RPCError(
      code: .internalError,
      message: "pool \(pool) is revoked, but what is of it cannot be ended yet: the gateway's log "
        + "says why, and 'sallyport-gateway doctor' looks at its database; it tries again by itself"
    )
  }

  private func event(
    _ result: PoolRevocation, _ pool: Pool
  ) -> Sallyport_Operator_V1_PoolRevocation {
    .with {
      $0.stage = .revoked
      $0.pool = .init(pool)
      $0.jobsEnded = UInt32(clamping: result.jobsToEnd)
      $0.membersRevoked = UInt32(clamping: result.members)
    }
  }

  private func event(
    _ stage: Sallyport_Operator_V1_PoolRevocation.Stage, _ pool: Pool, _ table: String = ""
  ) -> Sallyport_Operator_V1_PoolRevocation {
    .with {
      $0.stage = stage
      $0.pool = .init(pool)
      $0.table = table
    }
  }
}
