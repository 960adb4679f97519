import GRPCCore
import Logging
import SallyportCore
import SallyportMetrics
import SallyportStore
import Synchronization

/// One VCS agent's session: performs what ``AgentSessionState`` decides.
final class AgentSession: Sendable {
  let id = SessionID.random()
  let caller: AgentCaller
  let services: GatewayServices
  let inbox: SessionInbox<AgentMessage, AgentSignal>
  let outbox: SessionOutbox<MessageToAgent>

  private let state: Mutex<AgentSessionState>

  init(caller: AgentCaller, services: GatewayServices) {
    self.caller = caller
    self.services = services
    inbox = SessionInbox(capacity: services.limits.sessionCapacity)
    outbox = SessionOutbox(capacity: services.limits.sessionCapacity)
    state = Mutex(AgentSessionState(limits: services.limits, now: services.clock.now))
  }

  func run(
    request: RPCAsyncSequence<AgentMessage, any Error>, response: RPCWriter<MessageToAgent>
  ) async throws {
    note("VCS agent session begins")
    defer {
      services.sessions.close(agent: caller.id, session: id)
      services.relays.refusePending(ofSession: id, reason: "the VCS agent's session has ended")
      note("VCS agent session ends")
    }
    let outcome = await SessionRunner(inbox: inbox, outbox: outbox, ticks: services.ticks).run(
      request: request, response: response, leaving: .leaveConnection
    ) { event in
      switch event {
      case .message(let message): try await self.apply(.message(message))
      case .signal(let signal): try await self.apply(.signal(signal))
      case .tick: try await self.apply(.tick)
      case .ended: nil
      }
    }
    if state.withLock({ $0.hasOpened }) {
      await services.audit.sessionEnds(caller.caller, id, outcome)
    }
    try outcome.get()
  }

  private func note(_ message: Logger.Message) {
    services.logger.info(
      message,
      metadata: [
        "tenant": "\(caller.caller.tenant)", "pool": "\(caller.pool)", "agent": "\(caller.id)",
        "session": "\(id)", "remote": "\(caller.caller.remoteAddress)",
      ])
  }

  private func apply(_ input: AgentSessionState.Input) async throws -> SessionEnd? {
    for action in state.withLock({ $0.handle(input, now: services.clock.now) }) {
      switch action {
      case .send(let message): try outbox.send(message)
      case .open(let greeting):
        let externalID = try await inSeparateTask { try await self.open(greeting) }
        if let end = try await apply(.opened(id, externalID: externalID)) { return end }
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
