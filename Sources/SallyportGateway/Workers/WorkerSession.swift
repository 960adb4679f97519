import GRPCCore
import Logging
import SallyportCore
import SallyportStore

/// One worker's session: performs what ``WorkerSessionState`` decides.
struct WorkerSession: Sendable {
  let id = SessionID.random()
  let caller: WorkerCaller
  let services: GatewayServices
  let inbox: SessionInbox<WorkerMessage, WorkerSignal>
  let outbox: SessionOutbox<MessageToWorker>

  var worker: WorkerReference { caller.worker }
  var pool: PoolKey { PoolKey(tenant: worker.tenant, pool: worker.pool) }

  init(caller: WorkerCaller, services: GatewayServices) {
    self.caller = caller
    self.services = services
    inbox = SessionInbox(capacity: services.limits.sessionCapacity)
    outbox = SessionOutbox(capacity: services.limits.sessionCapacity)
  }

  func run(
    request: RPCAsyncSequence<WorkerMessage, any Error>, response: RPCWriter<MessageToWorker>
  ) async throws {
    defer {
      services.dispatcher.leave(id, pool)
      services.sessions.close(worker: worker.id, session: id)
    }
    let runner = SessionRunner(
      inbox: inbox, outbox: outbox, clock: services.clock,
      tickInterval: services.limits.sessionTick)
    services.logger.info("worker session begins", metadata: metadata)
    defer { services.logger.info("worker session ends", metadata: metadata) }
    var state = WorkerSessionState(limits: services.limits, now: services.clock.now)
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
      "tenant": "\(worker.tenant)", "pool": "\(worker.pool)", "worker": "\(worker.id)",
      "session": "\(id)", "remote": "\(caller.caller.remoteAddress)",
    ]
  }

  /// Performs the actions in order; the outcome of one goes back into the state before the next.
  private func apply(
    _ input: WorkerSessionInput, to state: inout WorkerSessionState
  ) async throws -> SessionEnd? {
    for action in state.handle(input, now: services.clock.now) {
      if case .end(let end) = action { return end }
      guard let outcome = try await performed(action) else { continue }
      if let end = try await apply(outcome, to: &state) { return end }
    }
    return nil
  }

  /// A store that fails does not end the sessions that are open.
  private func performed(_ action: WorkerSessionAction) async throws -> WorkerSessionInput? {
    do {
      return try await perform(action)
    } catch let error as StoreError where error.isPassing && action.canWait {
      services.logger.debug(
        "the store refused a session", metadata: ["error": "\(error)", "session": "\(id)"])
      return .storeFailed(action)
    }
  }

  private func perform(_ action: WorkerSessionAction) async throws -> WorkerSessionInput? {
    switch action {
    case .send(let message): try outbox.send(message)
    case .open(let greeting): return .opened(try await open(greeting))
    case .claim(let limit, let excluding):
      return try await claim(limit: limit, excluding: excluding)
    case .passOn(let job): services.dispatcher.decline(id, pool, for: job)
    case .accept(let attempt):
      return .answered(attempt, lease: try await accept(attempt))
    case .reject(let attempt, let reason): try await reject(attempt, reason: reason)
    case .renew(let attempts):
      return .renewed(asked: attempts, held: try await renew(attempts))
    case .acknowledgeCancel(let attempt):
      try await acknowledgeCancel(attempt)
    case .noteReady: services.sessions.noteReady(worker: worker.id, session: id)
    case .noteDraining: services.sessions.noteDraining(worker: worker.id, session: id)
    case .clearDrainRequest:
      services.sessions.noteDraining(worker: worker.id, session: id)
      try await services.store.clearDrainRequest(of: worker.id, of: worker.tenant)
    case .end: break
    }
    return nil
  }
}
