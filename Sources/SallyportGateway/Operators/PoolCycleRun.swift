import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// Carries out what ``PoolCycle`` decides, and says what happens.
struct PoolCycleRun: Sendable {
  let handler: OperatorServiceHandler
  let caller: OperatorCaller
  let pool: PoolKey
  let drain: DrainRequest
  let maximumUnavailable: Int
  let returnTimeout: Duration

  private var services: GatewayServices { handler.services }

  /// - Throws: Where the caller goes away, or the gateway stops: no more workers are asked then;
  ///   those that have been go on.
  func run(
    _ response: RPCWriter<Sallyport_Operator_V1_CycleEvent>, _ context: ServerContext
  ) async throws {
    let watch = services.sessions.watchers.watch(pool)
    defer { services.sessions.watchers.end(watch, of: pool) }
    let source = watch.source
    try await withTaskGroup(of: Void.self) { group -> Result<Void, any Error> in
      group.addTask { await onRPCCancellation { source.finish() } }
      defer { group.cancelAll() }
      var cycle = PoolCycle(
        workers: services.sessions.workers(of: pool).map(\.worker.id).sorted { $0 < $1 },
        maximumUnavailable: maximumUnavailable, returnTimeout: returnTimeout)
      var alarm: Timestamp?
      do {
        for await _ in watch.changes {
          _ = try await services.authenticator.operatorNamed(context)
          try await step(&cycle, response)
          if cycle.isOver { return .success(()) }
          guard let deadline = cycle.nextDeadline, deadline != alarm else { continue }
          alarm = deadline
          let clock = services.clock
          group.addTask {
            try? await clock.sleep(deadline - clock.now)
            source.yield()
          }
        }
        throw OperatorServiceHandler.interrupted
      } catch {
        return .failure(error)
      }
    }.get()
  }

  private func step(
    _ cycle: inout PoolCycle, _ response: RPCWriter<Sallyport_Operator_V1_CycleEvent>
  ) async throws {
    try await advance(&cycle, response)
    for worker in cycle.gone where try await !isInGoodStanding(worker) {
      cycle.failed(worker)
      try await response.write(event(.failed, worker, "it was revoked", cycle))
    }
  }

  private func advance(
    _ cycle: inout PoolCycle, _ response: RPCWriter<Sallyport_Operator_V1_CycleEvent>
  ) async throws {
    // Asking a worker may end it: then the next one is due.
    while true {
      let sessions = Dictionary(
        services.sessions.workers(of: pool).map { ($0.worker.id, $0) }, uniquingKeysWith: { $1 })
      let actions = cycle.update(sessions, now: services.clock.now)
      if actions.isEmpty { return }
      for action in actions {
        switch action {
        case .drain(let worker): try await ask(worker, &cycle, response)
        case .returned(let worker): try await response.write(event(.returned, worker, "", cycle))
        case .failed(let worker, let reason):
          try await response.write(event(.failed, worker, reason, cycle))
        }
      }
    }
  }

  private func ask(
    _ worker: WorkerID, _ cycle: inout PoolCycle,
    _ response: RPCWriter<Sallyport_Operator_V1_CycleEvent>
  ) async throws {
    do {
      try await handler.drain(worker, caller, drain)
      cycle.draining(worker, oldSession: services.sessions.worker(worker)?.id)
      try await response.write(event(.draining, worker, drain.reason, cycle))
    } catch let error as StoreError where error.code == .notFound {
      cycle.failed(worker)
      try await response.write(event(.failed, worker, "it was revoked", cycle))
    }
  }

  private func isInGoodStanding(_ worker: WorkerID) async throws -> Bool {
    try await services.store.standing(
      of: .worker(tenant: pool.tenant, pool: pool.pool, id: worker)) == .active
  }

  private func event(
    _ kind: Sallyport_Operator_V1_CycleEvent.Kind, _ worker: WorkerID, _ detail: String,
    _ cycle: PoolCycle
  ) -> Sallyport_Operator_V1_CycleEvent {
    .with {
      $0.workerID = worker.rawValue
      $0.kind = kind
      $0.detail = detail
      $0.done = UInt32(clamping: cycle.done)
      $0.total = UInt32(clamping: cycle.total)
    }
  }
}
