import Logging
import SallyportCore
import SallyportRelay
import SallyportStore
import Synchronization

/// One worker's session: performs what ``WorkerSessionState`` decides.
final class WorkerSession: GatewaySession {
  let id = SessionID.random()
  let caller: WorkerCaller
  let services: GatewayServices
  let line: SessionLine<WorkerMessage, MessageToWorker, WorkerSignal>

  var worker: WorkerReference { caller.worker }
  var pool: PoolKey { PoolKey(tenant: worker.tenant, pool: worker.pool) }

  var logger: Logger { services.logger }
  var leaving: WorkerSignal { .leaveConnection }

  private let state: Mutex<WorkerSessionState>

  init(caller: WorkerCaller, services: GatewayServices, call: any LastingCall) {
    self.caller = caller
    self.services = services
    line = SessionLine(
      capacity: services.limits.sessionCapacity, call: call, ticks: services.ticks)
    state = Mutex(WorkerSessionState(limits: services.sharedLimits, now: services.clock.now))
    note("worker session begins")
  }

  func ended(_ outcome: Result<Void, any Error>) async {
    if state.withLock({ $0.hasOpened }) {
      await services.audit.sessionEnds(caller.caller, id, outcome)
    }
    services.dispatcher.leave(id, pool)
    services.sessions.close(worker: worker.id, session: id)
    note("worker session ends")
  }

  private func note(_ message: Logger.Message) {
    services.logger.info(
      message,
      metadata: [
        "tenant": "\(worker.tenant)", "pool": "\(worker.pool)", "worker": "\(worker.id)",
        "session": "\(id)", "remote": "\(caller.caller.remoteAddress)",
      ])
  }

  func handle(_ event: SessionEvent<WorkerMessage, WorkerSignal>) throws -> SessionStep {
    let actions: [WorkerSessionAction] =
      switch event {
      case .message(let message): handle(.message(message))
      case .signal(let signal): handle(.signal(signal))
      case .tick: handle(.tick)
      case .ended: []
      }
    for (index, action) in actions.enumerated() {
      if case .end(let end) = action { return .end(end) }
      guard try performAtOnce(action) else {
        return .task { try await self.perform(actions[index...]) }
      }
    }
    return .handled
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
    case .send(let message): try line.outbox.send(message)
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
