import GRPCCore
import Logging
import SallyportCore
import SallyportMetrics
import SallyportStore

/// One VCS agent's session: performs what ``AgentSessionState`` decides.
struct AgentSession: Sendable {
  let id = SessionID.random()
  let caller: AgentCaller
  let services: GatewayServices
  let inbox: SessionInbox<AgentMessage, AgentSignal>
  let outbox: SessionOutbox<MessageToAgent>

  init(caller: AgentCaller, services: GatewayServices) {
    self.caller = caller
    self.services = services
    inbox = SessionInbox(capacity: services.limits.sessionCapacity)
    outbox = SessionOutbox(capacity: services.limits.sessionCapacity)
  }

  func run(
    request: RPCAsyncSequence<AgentMessage, any Error>, response: RPCWriter<MessageToAgent>
  ) async throws {
    defer {
      services.sessions.close(agent: caller.id, session: id)
      services.relays.refusePending(ofSession: id, reason: "the VCS agent's session has ended")
    }
    let runner = SessionRunner(
      inbox: inbox, outbox: outbox, clock: services.clock,
      tickInterval: services.limits.sessionTick)
    services.logger.info("VCS agent session begins", metadata: metadata)
    defer { services.logger.info("VCS agent session ends", metadata: metadata) }
    var state = AgentSessionState(limits: services.limits, now: services.clock.now)
    let outcome = await runner.run(
      request: request, response: response, leaving: .leaveConnection
    ) { event in
      switch event {
      case .message(let message): try await apply(.message(message), to: &state)
      case .signal(let signal): try await apply(.signal(signal), to: &state)
      case .tick: try await apply(.tick, to: &state)
      case .ended: nil
      }
    }
    if state.hasOpened { await services.audit.sessionEnds(caller.caller, id, outcome) }
    try outcome.get()
  }

  private var metadata: Logger.Metadata {
    [
      "tenant": "\(caller.caller.tenant)", "pool": "\(caller.pool)", "agent": "\(caller.id)",
      "session": "\(id)", "remote": "\(caller.caller.remoteAddress)",
    ]
  }

  private func apply(
    _ input: AgentSessionState.Input, to state: inout AgentSessionState
  ) async throws -> SessionEnd? {
    for action in state.handle(input, now: services.clock.now) {
      switch action {
      case .send(let message): try outbox.send(message)
      case .open(let greeting):
        let externalID = try await open(greeting)
        let opened = AgentSessionState.Input.opened(id, externalID: externalID)
        if let end = try await apply(opened, to: &state) { return end }
      case .relayRefused(let relay, let reason):
        services.relays.refuse(relay, bySession: id, reason: reason)
      case .noteDraining: services.sessions.noteDraining(agent: caller.id, session: id)
      case .end(let end): return end
      }
    }
    return nil
  }

  /// - Returns: The tenant's external ID, which the agent compares with the one it has pinned.
  private func open(_ greeting: SessionGreeting) async throws -> String {
    let now = services.clock.now
    let tenant = try await services.store.tenant(caller.caller.tenant)
    let number = try await services.store.openAgentSession(
      SessionStart(
        identity: caller.caller.identity, session: id, version: greeting.version,
        displayName: greeting.displayName, capacity: greeting.capacity, labels: greeting.labels,
        time: now),
      audit: services.audit.sessionOpens(caller.caller, id))
    let inbox = inbox
    try services.sessions.open(
      OpenAgentSession(
        id: id, number: number, agent: caller.id,
        pool: PoolKey(tenant: caller.caller.tenant, pool: caller.pool),
        connection: caller.caller.connection, capacity: Int(greeting.capacity),
        signal: { inbox.signal($0) }))
    services.metrics.sessionsOpened("agent").increment()
    return tenant?.externalID ?? ""
  }
}
