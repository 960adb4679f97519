import GRDB
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportStore
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportGateway
@testable import SallyportStoreSQLite

@Suite struct PoolRevocationTests {
  private typealias Event = Sallyport_Operator_V1_PoolRevocation

  /// With what a gateway runs beside its services.
  private func with(_ body: (TestGateway) async throws -> Void) async throws {
    try await TestGateway.with { gateway in
      try await withThrowingTaskGroup(of: Void.self) { group in
        let maintenance = gateway.gateway.maintenance
        group.addTask { await maintenance.endPools() }
        defer { group.cancelAll() }
        try await body(gateway)
      }
    }
  }

  private func revoke(
    _ pool: String, purge: Bool = false, confirm: String? = nil, _ gateway: TestGateway,
    _ tenant: TenantName? = nil
  ) async throws -> [Event] {
    try await gateway.asOperator(of: tenant) { client in
      try await client.revokePool(
        .with {
          $0.name = pool
          $0.reason = "no more of it"
          $0.purge = purge
          $0.confirm = confirm ?? (purge ? pool : "")
        }
      ) { response in
        var events: [Event] = []
        for try await event in response.messages { events.append(event) }
        return events
      }
    }
  }

  @Test(
    "what runs is stopped, sessions and watches end, late results are refused, others go on",
    arguments: [false, true])
  func served(isPurge: Bool) async throws {
    try await with { gateway in
      _ = try await gateway.asOperator { client in
        try await client.createPool(
          .with {
            $0.name = "mac"
            $0.kind = .worker
          })
      }
      let peer = try await gateway.enrolledWorker()
      let neighbour = try await gateway.enrolledWorker(pool: "mac")
      let other = try await gateway.enrolledWorker(gateway.globex)
      let connections = ConnectionsDouble([gateway.operatorPeer(), peer, neighbour, other])
      gateway.gateway.attach(connections)
      let job = try await gateway.submit()
      let kept = try await gateway.submit(pool: "mac")
      try await gateway.withWorkerSession(neighbour) { mac, _ in
        _ = try await mac.runJob()
        try await gateway.withWorkerSession(peer) { worker, _ in
          let attempt = try await worker.runJob()
          let queued = try await gateway.submit()
          let (watching, started) = AsyncStream<Void>.makeStream()
          async let watch = gateway.asOperator { client in
            try await client.watchJob(.with { $0.jobID = queued.rawValue }) { response in
              var states: [Sallyport_Operator_V1_JobState] = []
              for try await job in response.messages {
                states.append(job.state)
                started.yield()
              }
              return states
            }
          }
          for await _ in watching { break }
          let events = try await revoke(TestGateway.pool, purge: isPurge, gateway)
          let first = try #require(events.first)
          #expect(first.stage == .revoked && first.jobsEnded == 2 && first.membersRevoked == 1)
          let cancelled = try await worker.next {
            if case .cancel(let cancel)? = $0.message { cancel.attempt } else { nil }
          }
          #expect(cancelled == attempt)
          #expect(await worker.end()?.code == .permissionDenied)
          if isPurge {
            #expect(events.last?.stage == .purged && events.last?.pool.hasPurgedAt == true)
            #expect(events.dropFirst().dropLast().allSatisfy { $0.stage == .purging })
            let error = await #expect(throws: RPCError.self) { try await gateway.job(job) }
            #expect(error?.code == .notFound)
            _ = try? await watch
          } else {
            #expect(events.count == 1 && first.pool.hasRevokedAt && !first.pool.hasPurgeBeganAt)
            #expect(first.pool.queued == 0 && first.pool.running == 0)
            #expect(try await gateway.job(job).state == .lost)
            #expect(try await watch.last == .cancelled)
          }
        }
        #expect(connections.closed.withLock { $0 } == [false, true, false, false])
        let late = await #expect(throws: RPCError.self) {
          try await gateway.asPeer(peer) { client in
            _ = try await WorkerClient(wrapping: client).finishAttempt(.init())
          }
        }
        #expect(late?.code == .permissionDenied)
        #expect(try await gateway.job(kept).state == .running)
      }
      try await checkRefused(gateway)
      // Of a member that was shut out, the audit log of a purged pool says no more than that.
      let denials = try await gateway.audit("sallyport.worker.v1.WorkerService/FinishAttempt")
      #expect(!denials.isEmpty)
      #expect(denials.allSatisfy { $0.actor.isEmpty == isPurge })
      #expect(try await gateway.audit("pool.revoke").count == 1)
      #expect(try await gateway.audit("pool.purge").count == (isPurge ? 1 : 0))
    }
  }

  private func checkRefused(_ gateway: TestGateway) async throws {
    for (call, code) in [
      ({ _ = try await gateway.submit() }, RPCError.Code.failedPrecondition),
      ({ _ = try await gateway.enrolledWorker() }, .failedPrecondition),
      (
        {
          _ = try await gateway.asOperator { client in
            try await client.createPool(
              .with {
                $0.name = TestGateway.pool
                $0.kind = .worker
              })
          }
        }, .alreadyExists
      ),
    ] as [(() async throws -> Void, RPCError.Code)] {
      let error = await #expect(throws: RPCError.self) { try await call() }
      #expect(error?.code == code && error?.message.contains("revoked") == true, "\(code)")
    }
    _ = try await gateway.submit(gateway.globex)
  }

  @Test("a purge is confirmed by name; nothing happens without")
  func unconfirmed() async throws {
    try await with { gateway in
      for confirm in ["", "linu", "LINUX"] {
        let error = await #expect(throws: RPCError.self) {
          _ = try await revoke(TestGateway.pool, purge: true, confirm: confirm, gateway)
        }
        #expect(error?.code == .invalidArgument)
      }
      _ = try await gateway.submit()
    }
  }

  @Test("what another process, or this one before it was killed, has begun is brought to its end")
  func resumed() async throws {
    try await TestGateway.with { gateway in
      let job = try await gateway.submit()
      _ = try await gateway.store.revokePool(
        PoolName(unchecked: TestGateway.pool), of: gateway.acme, isPurge: true,
        at: gateway.clock.now,
        audit: AuditEntry(tenant: gateway.acme, time: gateway.clock.now, actor: "", action: "x"))
      let next = gateway.restarted()
      try await next.gateway.maintenance.endPoolsOnce()
      #expect(try await gateway.store.poolWork().isEmpty)
      let pools = try await next.asOperator { try await $0.listPools(.init()).pools }
      #expect(pools.first { $0.name == TestGateway.pool }?.hasPurgedAt == true)
      let error = await #expect(throws: RPCError.self) { try await next.job(job) }
      #expect(error?.code == .notFound)
      // Who asks again is told at once.
      let events = try await revoke(TestGateway.pool, purge: true, next)
      #expect(events.map(\.stage) == [.revoked, .purged])
    }
  }

  @Test("who waits for a pool that cannot be ended is told so; others are ended")
  func held() async throws {
    try await with { gateway in
      _ = try await gateway.asOperator { client in
        try await client.createPool(
          .with {
            $0.name = "mac"
            $0.kind = .worker
          })
      }
      _ = try await gateway.enrolledWorker()
      try await gateway.store.write { database in
        try database.execute(
          sql: """
            CREATE TRIGGER jam BEFORE DELETE ON enrollee WHEN old.pool = '\(TestGateway.pool)'
            BEGIN SELECT RAISE(ABORT, 'jammed'); END
            """)
      }
      for _ in 0..<2 {
        let error = await #expect(throws: RPCError.self) {
          try await revoke(TestGateway.pool, purge: true, gateway)
        }
        #expect(error?.code == .internalError && error?.message.contains("doctor") == true)
        #expect(error?.message.contains("jammed") == false)
      }
      let others = try await revoke("mac", purge: true, gateway)
      #expect(others.last?.stage == .purged)
      try await gateway.store.write { try $0.execute(sql: "DROP TRIGGER jam") }
      let events = try await revoke(TestGateway.pool, purge: true, gateway)
      #expect(events.last?.stage == .purged)
    }
  }

  @Test("an agent of a revoked VCS pool is shut out, and a job that fetches through it is told so")
  func agents() async throws {
    try await with { gateway in
      let agent = try await gateway.enrolledAgent()
      let worker = try await gateway.enrolledWorker()
      _ = try await gateway.submit()
      try await gateway.withWorkerSession(worker) { double, _ in
        let attempt = try await double.runJob()
        try await gateway.withAgentSession(agent) { session in
          let events = try await revoke(TestGateway.vcsPool, gateway)
          #expect(events.map(\.membersRevoked) == [1])
          #expect(await session.end()?.code == .permissionDenied)
        }
        let leg = LegDouble(worker: worker, job: attempt.jobID, epoch: "\(attempt.epoch)")
        await gateway.gateway.relays.handle(leg)
        #expect(await leg.answer == .refused(.notAllowed))
      }
    }
  }

  @Test("the database is written anew for at most a twentieth of the time")
  func pacing() {
    let start = Timestamp(seconds: 1_000)
    var pacing = RewritePacing()
    #expect(pacing.isDue(at: start))
    pacing.rewritten(from: start, to: start + .seconds(2))
    #expect(!pacing.isDue(at: start + .seconds(41)))
    #expect(pacing.isDue(at: start + .seconds(42)))
  }
}
