import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension OperatorServiceHandler {
  func listWorkers(
    request: Sallyport_Operator_V1_ListWorkersRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListWorkersResponse {
    try await asOperator(context) { caller in
      let workers = try await services.store.enrollees(
        of: caller.tenant, role: .worker, pool: try optionalPool(request.pool),
        after: try page(request.pageToken))
      let running = try await services.store.runningJobs(of: caller.tenant)
      let (page, isLast) = try fitting(workers.map { shown(worker: $0, running: running) })
      return .with {
        $0.workers = page
        $0.nextPageToken = isLast ? "" : page.last?.id ?? ""
      }
    }
  }

  func drainWorker(
    request: Sallyport_Operator_V1_DrainWorkerRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_DrainWorkerResponse {
    try await asOperator(context) { caller in
      let id: WorkerID = try id(request.workerID, "worker")
      let reason = request.reason.isEmpty ? "drained by \(caller.name)" : request.reason
      try await drain(
        id, caller,
        DrainRequest(
          reason: reason.prefix(bytes: 512), restart: request.restart,
          jobTimeout: try jobTimeout(request.hasJobTimeout ? request.jobTimeout : nil)))
      return .init()
    }
  }

  /// Commits the request and tells the worker, where it is connected.
  func drain(_ id: WorkerID, _ caller: OperatorCaller, _ request: DrainRequest) async throws {
    try await services.store.requestDrain(
      request, of: id, of: caller.tenant,
      audit: services.audit.allowed(
        caller.caller, action: "worker.drain", object: id.rawValue, detail: request.reason))
    // A session that opens meanwhile reads the request itself.
    services.sessions.signal(id, .drain(request))
  }

  func jobTimeout(_ value: Google_Protobuf_Duration?) throws -> Duration? {
    guard let value else { return nil }
    guard let timeout = Duration(value), timeout <= services.limits.maximumJobTimeout else {
      let maximum = services.limits.maximumJobTimeout.components.seconds
      throw RequestError("the job timeout of a drain is 0 to \(maximum) s")
    }
    return timeout
  }

  func revokeWorker(
    request: Sallyport_Operator_V1_RevokeWorkerRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RevokeWorkerResponse {
    try await asOperator(context) { caller in
      let id: WorkerID = try id(request.workerID, "worker")
      let changes = try await services.store.revokeEnrollee(
        id.rawValue, role: .worker, of: caller.tenant, at: services.clock.now,
        audit: services.audit.allowed(
          caller.caller, action: "worker.revoke", object: id.rawValue,
          detail: request.reason.prefix(bytes: 512)))
      services.notifier.apply(changes)
      await services.revoked(.worker(id))
      return .init()
    }
  }

  func listAgents(
    request: Sallyport_Operator_V1_ListAgentsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListAgentsResponse {
    try await asOperator(context) { caller in
      let agents = try await services.store.enrollees(
        of: caller.tenant, role: .agent, pool: try optionalPool(request.pool),
        after: try page(request.pageToken))
      let (page, isLast) = try fitting(agents.map { shown(agent: $0) })
      return .with {
        $0.agents = page
        $0.nextPageToken = isLast ? "" : page.last?.id ?? ""
      }
    }
  }

  func revokeAgent(
    request: Sallyport_Operator_V1_RevokeAgentRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_RevokeAgentResponse {
    try await asOperator(context) { caller in
      let id: AgentID = try id(request.agentID, "agent")
      _ = try await services.store.revokeEnrollee(
        id.rawValue, role: .agent, of: caller.tenant, at: services.clock.now,
        audit: services.audit.allowed(
          caller.caller, action: "agent.revoke", object: id.rawValue,
          detail: request.reason.prefix(bytes: 512)))
      await services.revoked(.agent(id))
      return .init()
    }
  }

  /// - Returns: Where a page begins; nil for the first.
  private func page(_ token: String) throws -> String? {
    guard !token.isEmpty else { return nil }
    guard WorkerID(token) != nil else { throw RequestError("not a page token") }
    return token
  }

  /// As many as a message holds, and whether these are all. The store gives at most 1,000.
  private func fitting<Item: SwiftProtobuf.Message>(
    _ items: [Item]
  ) throws -> (page: [Item], isLast: Bool) {
    var size = 0
    var page: [Item] = []
    for item in items {
      let bytes: [UInt8] = try item.serializedBytes()
      size += bytes.count
      guard size <= services.limits.listingSize || page.isEmpty else { return (page, false) }
      page.append(item)
    }
    return (page, items.count < 1_000)
  }

  private func shown(
    worker: Enrollee, running: [WorkerID: Int]
  ) -> Sallyport_Operator_V1_Worker {
    let id = WorkerID(unchecked: worker.id)
    let session = services.sessions.worker(id)
    return .with {
      $0.id = worker.id
      $0.pool = worker.pool.rawValue
      $0.displayName = worker.displayName
      $0.connected = session != nil
      $0.draining = worker.drainRequested || session?.isDraining == true
      $0.revoked = worker.revokedAt != nil
      $0.version = worker.version
      $0.capacity = worker.capacity
      $0.running = UInt32(clamping: running[id] ?? 0)
      $0.enrolledAt = .init(worker.enrolledAt)
      if let time = worker.connectedAt { $0.connectedAt = .init(time) }
      if let time = worker.certificateExpiresAt { $0.certificateExpiresAt = .init(time) }
      $0.labels = worker.labels
    }
  }

  private func shown(agent: Enrollee) -> Sallyport_Operator_V1_Agent {
    let id = AgentID(unchecked: agent.id)
    return .with {
      $0.id = agent.id
      $0.pool = agent.pool.rawValue
      $0.displayName = agent.displayName
      $0.connected = services.sessions.agent(id) != nil
      $0.revoked = agent.revokedAt != nil
      $0.version = agent.version
      $0.relays = UInt32(clamping: services.relays.count(of: id))
      $0.enrolledAt = .init(agent.enrolledAt)
      if let time = agent.connectedAt { $0.connectedAt = .init(time) }
      if let time = agent.certificateExpiresAt { $0.certificateExpiresAt = .init(time) }
    }
  }
}
