import GRPCCore
import Logging
import SallyportCore
import SallyportStore
import Synchronization

/// One worker's session: performs what ``WorkerSessionState`` decides.
final class WorkerSession: Sendable {
  let id = SessionID.random()
  let caller: WorkerCaller
  let services: GatewayServices
  let inbox: SessionInbox<WorkerMessage, WorkerSignal>
  let outbox: SessionOutbox<MessageToWorker>

  var worker: WorkerReference { caller.worker }
  var pool: PoolKey { PoolKey(tenant: worker.tenant, pool: worker.pool) }

  private let state: Mutex<WorkerSessionState>

  init(caller: WorkerCaller, services: GatewayServices) {
    self.caller = caller
    self.services = services
    inbox = SessionInbox(capacity: services.limits.sessionCapacity)
    outbox = SessionOutbox(capacity: services.limits.sessionCapacity)
    state = Mutex(WorkerSessionState(limits: services.limits, now: services.clock.now))
  }

  func run(
    request: RPCAsyncSequence<WorkerMessage, any Error>, response: RPCWriter<MessageToWorker>
  ) async throws {
    note("worker session begins")
    defer {
      services.dispatcher.leave(id, pool)
      services.sessions.close(worker: worker.id, session: id)
      note("worker session ends")
    }
    let outcome = await SessionRunner(inbox: inbox, outbox: outbox, ticks: services.ticks).run(
      request: request, response: response, leaving: .leaveConnection
    ) { event in
      let rest = try self.begin(event)
      guard !rest.isEmpty else { return nil }
      return try await inSeparateTask { try await self.perform(rest) }
    }
    if state.withLock({ $0.hasOpened }) {
      await services.audit.sessionEnds(caller.caller, id, outcome)
    }
    try outcome.get()
  }

  /// Not inlined, as what follows: a session waits in the function that calls it, with room for all
  /// that its callees have on their stacks when they are part of it.
  @inline(never)
  private func note(_ message: Logger.Message) {
    services.logger.info(
      message,
      metadata: [
        "tenant": "\(worker.tenant)", "pool": "\(worker.pool)", "worker": "\(worker.id)",
        "session": "\(id)", "remote": "\(caller.caller.remoteAddress)",
      ])
  }

  /// Performs what can be performed at once.
  ///
  /// - Returns: The actions that remain, the first of which takes longer.
  @inline(never)
  private func begin(
    _ event: SessionEvent<WorkerMessage, WorkerSignal>
  ) throws -> ArraySlice<WorkerSessionAction> {
    let actions: [WorkerSessionAction] =
      switch event {
      case .message(let message): handle(.message(message))
      case .signal(let signal): handle(.signal(signal))
      case .tick: handle(.tick)
      case .ended: []
      }
    for (index, action) in actions.enumerated() {
      guard try performAtOnce(action) else { return actions[index...] }
    }
    return []
  }

  private func handle(_ input: WorkerSessionInput) -> [WorkerSessionAction] {
    state.withLock { $0.handle(input, now: services.clock.now) }
  }

  /// Performs the actions in order; the outcome of one goes back into the state before the next.
  private func perform(_ actions: ArraySlice<WorkerSessionAction>) async throws -> SessionEnd? {
    for action in actions {
      if case .end(let end) = action { return end }
      if try performAtOnce(action) { continue }
      guard let outcome = try await performed(action) else { continue }
      if let end = try await perform(handle(outcome)[...]) { return end }
    }
    return nil
  }

  /// - Returns: False where it takes more than memory.
  private func performAtOnce(_ action: WorkerSessionAction) throws -> Bool {
    switch action {
    case .send(let message): try outbox.send(message)
    case .passOn(let job): services.dispatcher.decline(id, pool, for: job)
    case .noteReady: services.sessions.noteReady(worker: worker.id, session: id)
    case .noteDraining: services.sessions.noteDraining(worker: worker.id, session: id)
    case .open, .claim, .accept, .reject, .renew, .acknowledgeCancel, .clearDrainRequest, .end:
      return false
    }
    return true
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
    case .open(let greeting): return .opened(try await open(greeting))
    case .claim(let limit, let excluding):
      return try await claim(limit: limit, excluding: excluding)
    case .accept(let attempt):
      return .answered(attempt, lease: try await accept(attempt))
    case .reject(let attempt, let reason): try await reject(attempt, reason: reason)
    case .renew(let attempts):
      return .renewed(asked: attempts, held: try await renew(attempts))
    case .acknowledgeCancel(let attempt):
      try await acknowledgeCancel(attempt)
    case .clearDrainRequest:
      services.sessions.noteDraining(worker: worker.id, session: id)
      try await services.store.clearDrainRequest(of: worker.id, of: worker.tenant)
    case .send, .passOn, .noteReady, .noteDraining, .end: break
    }
    return nil
  }
}
