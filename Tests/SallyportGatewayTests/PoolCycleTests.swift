import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportStore
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct PoolCycleTests {
  private let start = Timestamp(seconds: 1_000)
  private let workers = (1...4).map { WorkerID(unchecked: "worker-\($0)") }

  private func session(
    _ worker: WorkerID, id: SessionID = .random(), isReady: Bool = true, isDraining: Bool = false
  ) -> OpenWorkerSession {
    OpenWorkerSession(
      id: id, number: 1,
      worker: WorkerReference(
        tenant: TenantName(unchecked: "acme"), pool: PoolName(unchecked: "linux"), id: worker),
      isDraining: isDraining, isReady: isReady, signal: { _ in })
  }

  private func cycle(maximumUnavailable: Int = 1) -> PoolCycle {
    PoolCycle(
      workers: workers, maximumUnavailable: maximumUnavailable, returnTimeout: .seconds(300))
  }

  @Test("one after the other, the next when the last one takes jobs again")
  func rolling() {
    var cycle = cycle()
    var open = Dictionary(uniqueKeysWithValues: workers.map { ($0, session($0)) })
    for (index, worker) in workers.enumerated() {
      let expected: [PoolCycle.Action] =
        (index == 0 ? [] : [.returned(workers[index - 1])]) + [.drain(worker)]
      #expect(cycle.update(open, now: start) == expected)
      let old = open[worker]?.id
      cycle.draining(worker, oldSession: old)
      // Before the worker has said anything, it looks as it did.
      #expect(cycle.update(open, now: start) == [])
      open[worker]?.isDraining = true
      #expect(cycle.update(open, now: start) == [])
      open[worker] = nil
      #expect(cycle.update(open, now: start) == [])
      // The old process, on another connection.
      open[worker] = session(worker, isReady: false)
      #expect(cycle.update(open, now: start) == [])
      open[worker]?.isDraining = true
      #expect(cycle.update(open, now: start) == [])
      open[worker] = session(worker)
    }
    #expect(cycle.update(open, now: start) == [.returned(workers[3])])
    #expect(cycle.isOver && cycle.done == 4 && cycle.total == 4)
  }

  @Test("no more are away at once than are allowed; who is away at its turn is waited for")
  func unavailable() {
    var cycle = cycle(maximumUnavailable: 2)
    var open = Dictionary(uniqueKeysWithValues: workers.map { ($0, session($0)) })
    #expect(cycle.update(open, now: start) == [.drain(workers[0]), .drain(workers[1])])
    for worker in workers.prefix(2) { cycle.draining(worker, oldSession: open[worker]?.id) }
    open[workers[2]] = nil
    open[workers[0]] = session(workers[0])
    // The third takes the place of the first, and is asked when it is back.
    #expect(cycle.update(open, now: start) == [.returned(workers[0])])
    #expect(cycle.nextDeadline == start + .seconds(300))
    open[workers[2]] = session(workers[2])
    #expect(cycle.update(open, now: start + .seconds(1)) == [.drain(workers[2])])
    cycle.draining(workers[2], oldSession: open[workers[2]]?.id)
    #expect(cycle.update(open, now: start + .seconds(1)) == [])
    open[workers[2]] = session(workers[2])
    open[workers[3]] = nil
    #expect(cycle.update(open, now: start + .seconds(2)) == [.returned(workers[2])])
    open[workers[1]] = session(workers[1])
    #expect(cycle.update(open, now: start + .seconds(3)) == [.returned(workers[1])])
    // The last one does not come: nothing of it is left to be restarted.
    #expect(!cycle.isOver && cycle.total == 4)
    #expect(cycle.update(open, now: start + .seconds(302)) == [])
    #expect(cycle.isOver && cycle.total == 3 && cycle.done == 3)
  }

  @Test("where one does not come back, no more are asked, and those that are away are waited for")
  func failure() {
    var cycle = cycle(maximumUnavailable: 2)
    var open = Dictionary(uniqueKeysWithValues: workers.map { ($0, session($0)) })
    _ = cycle.update(open, now: start)
    for worker in workers.prefix(2) { cycle.draining(worker, oldSession: open[worker]?.id) }
    open[workers[0]] = nil
    #expect(cycle.update(open, now: start) == [])
    #expect(cycle.nextDeadline == start + .seconds(300))
    let late = cycle.update(open, now: start + .seconds(300))
    #expect(late == [.failed(workers[0], because: "it did not come back within 300 s")])
    #expect(!cycle.isOver)
    open[workers[1]] = session(workers[1])
    #expect(cycle.update(open, now: start + .seconds(301)) == [.returned(workers[1])])
    #expect(cycle.isOver && cycle.done == 1)
  }

  @Test("a pool is cycled over the wire: asked, gone, back, done")
  func wire() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let kinds = try await gateway.withWorkerSession(peer) { worker, _ in
        worker.grant(1)
        try await worker.settle()
        let events = Task { try await cycle(gateway) }
        let drain = try await worker.next {
          if case .drain(let drain)? = $0.message { drain } else { nil }
        }
        #expect(drain.restart && drain.jobTimeout.seconds == 60 && !drain.hasGrace)
        #expect(drain.reason == "new version")
        worker.send(.with { $0.drain = .init() })
        worker.grant(0, barrier: 1)
        try await worker.settle()
        // The old process once more: it drains, and is no return.
        let again = PeerContext(peer: peer.peer, connection: .random(), remoteAddress: "x")
        try await gateway.withWorkerSession(again) { old, _ in
          old.send(.with { $0.drain = .init() })
          old.grant(0, barrier: 2)
          try await old.settle()
        }
        let process = PeerContext(peer: peer.peer, connection: .random(), remoteAddress: "y")
        return try await gateway.withWorkerSession(process) { new, _ in
          new.grant(1)
          return try await events.value
        }
      }
      #expect(kinds.map(\.kind) == [.draining, .returned])
      #expect(kinds.last?.done == 1 && kinds.last?.total == 1)
    }
  }

  @Test("a worker that is revoked while it is away ends the cycle")
  func revoked() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      async let events = gateway.withWorkerSession(peer) { worker, _ in
        worker.grant(1)
        try await worker.settle()
        async let events = cycle(gateway)
        _ = try await worker.next { if case .drain? = $0.message { () } else { nil } }
        _ = try await gateway.asOperator { client in
          try await client.revokeWorker(.with { $0.workerID = peer.workerID.rawValue })
        }
        _ = await worker.end()
        return try await events
      }
      let kinds = try await events.map(\.kind)
      #expect(kinds == [.draining, .failed])
    }
  }

  @Test("only worker pools of the caller's tenant are cycled")
  func refused() async throws {
    try await TestGateway.with { gateway in
      for name in [TestGateway.vcsPool, "nothing"] {
        let error = await #expect(throws: RPCError.self) {
          _ = try await cycle(gateway, pool: name)
        }
        #expect(error?.code == .notFound)
      }
      // Without workers there is nothing to do.
      let events = try await cycle(gateway)
      #expect(events.isEmpty)
    }
  }

  private func cycle(
    _ gateway: TestGateway, pool: String = TestGateway.pool
  ) async throws -> [Sallyport_Operator_V1_CycleEvent] {
    try await gateway.asOperator { client in
      try await client.cyclePool(
        .with {
          $0.pool = pool
          $0.reason = "new version"
          $0.jobTimeout = .init(.seconds(60))
        }
      ) { response in
        try await response.messages.reduce(into: []) { $0.append($1) }
      }
    }
  }
}
