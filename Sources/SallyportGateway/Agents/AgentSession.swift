import Logging
import SallyportCore
import SallyportMetrics
import SallyportRelay
import SallyportStore
import Synchronization

/// One VCS agent's session: performs what ``AgentSessionState`` decides.
final class AgentSession: GatewaySession {
  let id = SessionID.random()
  let caller: AgentCaller
  let services: GatewayServices
  let line: SessionLine<AgentMessage, MessageToAgent, AgentSignal>

  var logger: Logger { services.logger }
  var leaving: AgentSignal { .leaveConnection }

  private let state: Mutex<AgentSessionState>

  init(caller: AgentCaller, services: GatewayServices, call: any LastingCall) {
    self.caller = caller
    self.services = services
    line = SessionLine(
      capacity: services.limits.sessionCapacity, call: call, ticks: services.ticks)
    state = Mutex(AgentSessionState(limits: services.sharedLimits, now: services.clock.now))
    note("VCS agent session begins")
  }

  func ended(_ outcome: Result<Void, any Error>) async {
    if state.withLock({ $0.hasOpened }) {
      await services.audit.sessionEnds(caller.caller, id, outcome)
    }
    services.sessions.close(agent: caller.id, session: id)
    services.relays.refusePending(ofSession: id, reason: "the VCS agent's session has ended")
    note("VCS agent session ends")
  }

  private func note(_ message: Logger.Message) {
    services.logger.info(
      message,
      metadata: [
        "tenant": "\(caller.caller.tenant)", "pool": "\(caller.pool)", "agent": "\(caller.id)",
        "session": "\(id)", "remote": "\(caller.caller.remoteAddress)",
      ])
  }

  func handle(_ event: SessionEvent<AgentMessage, AgentSignal>) throws -> SessionStep {
    switch event {
    case .message(let message): try apply(.message(message))
    case .signal(let signal): try apply(.signal(signal))
    case .tick: try apply(.tick)
    case .ended: .handled
    }
  }

  private func apply(_ input: AgentSessionState.Input) throws -> SessionStep {
    for action in state.withLock({ $0.handle(input, now: services.clock.now) }) {
      switch action {
      case .send(let message): try line.outbox.send(message)
      // Nothing follows it: what does has to wait for the outcome.
      case .open(let greeting): return .task { try await self.opened(greeting) }
      case .relayRefused(let relay, let reason):
        services.relays.refuse(relay, bySession: id, reason: reason)
      case .noteDraining: services.sessions.noteDraining(agent: caller.id, session: id)
      case .end(let end): return .end(end)
      }
    }
    return .handled
  }

  private func opened(_ greeting: SessionGreeting) async throws -> SessionEnd? {
    let externalID = try await open(greeting)
    for action in state.withLock({
      $0.handle(.opened(id, externalID: externalID), now: services.clock.now)
    }) {
      if case .send(let message) = action { try line.outbox.send(message) }
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
    try services.sessions.open(
      OpenAgentSession(
        id: id, number: number, agent: caller.id,
        pool: PoolKey(tenant: caller.caller.tenant, pool: caller.pool),
        connection: caller.caller.connection, capacity: Int(greeting.capacity),
        signal: { self.signal($0) }))
    services.metrics.sessionsOpened("agent").increment()
    return tenant?.externalID ?? ""
  }
}
