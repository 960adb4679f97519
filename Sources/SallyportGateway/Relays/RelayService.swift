import HTTPTypes
import Logging
import SallyportCore
package import SallyportRelay
import SallyportStore

/// Decides what becomes of each CONNECT: joins a worker's leg to a VCS agent's, or refuses.
package struct RelayService: ConnectHandler {
  let services: GatewayServices

  init(services: GatewayServices) { self.services = services }

  package func handle(_ leg: any RelayLeg) async {
    do {
      switch RelayAuthority(leg.authority) {
      case .vcsPool(let pool): try await connect(leg, to: pool)
      case .relay(let id): try await join(leg, id)
      case nil: throw try await unknown(leg)
      }
    } catch let refusal as RelayRefusal {
      refuse(leg, refusal)
    } catch is AccessError {
      refuse(leg, .notAllowed)
    } catch {
      if !(error is CancellationError) {
        services.logger.error("a relay failed", metadata: ["error": "\(error)"])
      }
      refuse(leg, .failed)
    }
  }

  // MARK: - The worker's leg

  private func connect(_ leg: any RelayLeg, to pool: PoolName) async throws {
    let caller = try await services.authenticator.authenticate(leg.context, action: "relay.open")
    guard case .worker(let tenant, let workerPool, let id) = caller.identity else {
      throw try await denied(caller, pool, "not a worker")
    }
    guard let attempt = AttemptID(relayHeaders: leg.headers) else {
      throw try await denied(caller, pool, "no attempt named")
    }
    let worker = WorkerReference(tenant: tenant, pool: workerPool, id: id)
    let relay = PendingRelay(
      attempt: attempt, worker: worker, vcsPool: pool, openedAt: services.clock.now)
    // In the table before the lease is looked at: a job that ends in between cuts the relay.
    services.relays.insert(relay)
    defer { services.relays.remove(relay.id) }
    try await authorize(relay, caller)
    guard services.relays.admit(relay, limit: services.limits.maximumRelaysPerJob) else {
      _ = try await denied(caller, pool, "\(attempt): too many relays")
      throw RelayRefusal.tooMany
    }
    let agentLeg = try await askAgent(for: relay, caller)
    try await splice(leg, agentLeg, relay, caller)
  }

  private func authorize(_ relay: PendingRelay, _ caller: Caller) async throws {
    let job = try await services.store.leasedJob(
      relay.attempt, by: relay.worker, at: services.clock.now)
    guard let job else {
      throw try await denied(caller, relay.vcsPool, "\(relay.attempt): no such lease")
    }
    guard job.vcsPool == relay.vcsPool else {
      throw try await denied(caller, relay.vcsPool, "\(relay.attempt): the job names another pool")
    }
  }

  private func askAgent(
    for relay: PendingRelay, _ caller: Caller
  ) async throws -> any RelayLeg {
    let key = PoolKey(tenant: relay.worker.tenant, pool: relay.vcsPool)
    let candidates = services.sessions.agents(of: key)
    guard let session = services.relays.assign(relay.id, toOneOf: candidates) else {
      let pool = try await services.store.pool(key.pool, of: key.tenant)
      guard pool?.revokedAt == nil else {
        throw try await denied(caller, relay.vcsPool, "\(relay.attempt): the pool was revoked")
      }
      throw RelayRefusal.noAgent(retryAfter: services.limits.relayRetryAfter)
    }
    session.signal(.openRelay(relay.id))
    switch try await firstEvent(of: relay) {
    case .agentLeg(let leg): return leg
    case .refused(let reason):
      services.logger.notice(
        "a VCS agent refused a relay",
        metadata: ["agent": "\(session.agent)", "reason": "\(reason)"])
      throw RelayRefusal.noAgent(retryAfter: services.limits.relayRetryAfter)
    case .cut: throw try await denied(caller, relay.vcsPool, "\(relay.attempt): ended meanwhile")
    case nil:
      services.logger.notice(
        "a VCS agent did not open its leg in time", metadata: ["agent": "\(session.agent)"])
      throw RelayRefusal.lateAgent
    }
  }

  /// - Returns: Nil at the deadline.
  private func firstEvent(of relay: PendingRelay) async throws -> PendingRelay.Event? {
    let event = await withTaskGroup(of: PendingRelay.Event?.self) { group in
      group.addTask {
        for await event in relay.events { return event }
        return nil
      }
      group.addTask {
        try? await services.clock.sleep(services.limits.relayDeadline)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    try Task.checkCancellation()
    return event
  }

  private func splice(
    _ workerLeg: any RelayLeg, _ agentLeg: any RelayLeg, _ relay: PendingRelay, _ caller: Caller
  ) async throws {
    try await services.audit.record(
      services.audit.allowed(
        caller, action: "relay.open", object: relay.vcsPool.rawValue,
        detail: "relay \(relay.id), attempt \(relay.attempt)"))
    noteOpening(of: relay)
    let ending = await withTaskGroup(of: String.self) { group in
      group.addTask {
        do {
          try await workerLeg.splice(to: agentLeg, meter: relay.meter)
          return "finished"
        } catch {
          return "broken: \(error)"
        }
      }
      group.addTask {
        for await event in relay.events {
          if case .cut(let reason) = event { return "cut: \(reason)" }
        }
        return "cut"
      }
      let ending = await group.next() ?? ""
      group.cancelAll()
      return ending
    }
    // A VCS agent that is lost just before the splice; without effect once answered.
    workerLeg.refuse(.noAgent(retryAfter: services.limits.relayRetryAfter))
    try await recordEnd(of: relay, caller, ending)
  }

  private func recordEnd(
    of relay: PendingRelay, _ caller: Caller, _ ending: String
  ) async throws {
    services.relays.settle(relay.id)
    defer {
      services.relays.remove(relay.id)
      services.hub.publish(relay.attempt.job, of: relay.worker.tenant)
    }
    noteEnd(of: relay, ending)
    let (toWorker, toAgent) = (relay.meter.bytesToWorker, relay.meter.bytesToAgent)
    try await services.store.addRelayBytes(
      to: relay.attempt.job, of: relay.worker.tenant, toWorker: toWorker, toAgent: toAgent,
      audit: services.audit.allowed(
        caller, action: "relay.close", object: relay.vcsPool.rawValue,
        detail: "relay \(relay.id), \(toWorker) bytes to the worker, \(toAgent) to the agent, "
          + ending))
  }

  // MARK: - The agent's leg

  private func join(_ leg: any RelayLeg, _ id: RelayID) async throws {
    let caller = try await services.authenticator.authenticate(leg.context, action: "relay.join")
    guard case .agent(_, _, let agent) = caller.identity,
      let relay = services.relays.take(id, by: agent, on: caller.connection)
    else {
      try await services.audit.deny(
        caller, action: "relay.join", object: "\(id)", detail: "no such relay on this connection")
      throw RelayRefusal.noRelay
    }
    relay.post(.agentLeg(leg))
    for await _ in relay.end {}
    // Without effect where the legs were spliced.
    throw RelayRefusal.noRelay
  }

  private func unknown(_ leg: any RelayLeg) async throws -> RelayRefusal {
    let caller = try await services.authenticator.authenticate(leg.context, action: "relay.open")
    try await services.audit.deny(
      caller, action: "relay.open", object: leg.authority.prefix(bytes: 255),
      detail: "no such authority")
    return .notAllowed
  }

  private func denied(
    _ caller: Caller, _ pool: PoolName, _ detail: String
  ) async throws -> RelayRefusal {
    try await services.audit.deny(
      caller, action: "relay.open", object: pool.rawValue, detail: detail)
    return .notAllowed
  }
}
