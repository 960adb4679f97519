import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportStore
import SallyportStoreSQLite
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct StoreOutageTests {
  private var impatient: SQLiteStoreLimits {
    var limits = SQLiteStoreLimits()
    limits.busyTimeout = .milliseconds(20)
    return limits
  }

  @Test("a store that is locked for a while costs no session, and what was refused is made up for")
  func lockedWhileServing() async throws {
    try await TestGateway.with(storeLimits: impatient) { gateway in
      let peer = try await gateway.enrolledWorker()
      let (first, second) = (try await gateway.submit(), try await gateway.submit())
      try await gateway.withWorkerSession(peer) { worker, _ in
        let running = try await worker.runJob()
        worker.grant(1)
        let offer = try await worker.offer()
        let lock = try StoreLock(path: gateway.path)

        // A renewal has its answer, which says nothing of a lease that was not granted just now.
        gateway.clock.advance(by: .seconds(1))
        worker.send(.with { $0.renewLeases.attempts = [running] })
        let renewed = try await worker.next {
          if case .leasesRenewed(let renewed)? = $0.message { renewed } else { nil }
        }
        #expect(renewed.renewals.isEmpty)
        worker.accept(offer)
        try await worker.settle()
        let refusal = await #expect(throws: RPCError.self) { try await gateway.submit() }
        #expect(refusal?.code == .unavailable)
        #expect(refusal?.message.hasPrefix("the store is locked by another process") == true)
        let unrecorded = await #expect(throws: RPCError.self) {
          try await finish(running, gateway, peer)
        }
        #expect(unrecorded?.code == .unavailable)
        #expect(!gateway.store.health.isOK)
        #expect(try await gateway.job(first).state == .running)
        #expect(try await gateway.job(second).state == .offered)

        try lock.release()
        _ = try await gateway.store.resume(
          at: gateway.clock.now, grace: .seconds(20), longest: .seconds(120))
        gateway.services.sessions.storeRecovered()
        try await worker.settle()
        #expect(gateway.store.health.isOK)
        #expect(try await gateway.job(second).state == .running)
        try await finish(running, gateway, peer)
        #expect(try await gateway.job(first).state == .succeeded)
        worker.send(.with { $0.renewLeases.attempts = [offer] })
        let again = try await worker.next {
          if case .leasesRenewed(let renewed)? = $0.message { renewed } else { nil }
        }
        #expect(again.renewals.map(\.renewed) == [true])
      }
    }
  }

  @Test("a gateway that stood still for hours sweeps nothing that it has not made up for")
  func stall() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let job = try await gateway.submit()
      _ = try await gateway.withWorkerSession(peer) { worker, _ in try await worker.runJob() }
      try await withMaintenance(of: gateway) { (step: (Int) async -> Void) async throws -> Void in
        await step(1)
        // As SIGSTOP and SIGCONT look from inside.
        for _ in 0..<3 {
          await step(7_200)
          #expect(try await gateway.job(job).state == .running)
        }
        // And a worker that does not come back is lost after all.
        for _ in 0..<60 { await step(2) }
        #expect(try await gateway.job(job).state == .lost)
      }
    }
  }

  @Test("no sweep before the store has been resumed, although it failed at the start")
  func lockedAtStart() async throws {
    try await TestGateway.with(storeLimits: impatient) { gateway in
      let peer = try await gateway.enrolledWorker()
      let job = try await gateway.submit()
      try await gateway.store.beat(at: gateway.clock.now)
      _ = try await gateway.withWorkerSession(peer) { worker, _ in try await worker.runJob() }
      gateway.clock.advance(by: .seconds(600))
      let lock = try StoreLock(path: gateway.path)
      let second = gateway.restarted()
      try await withMaintenance(of: second) { (step: (Int) async -> Void) async throws -> Void in
        for _ in 0..<3 { await step(1) }
        #expect(!second.store.health.isOK)
        try lock.release()
        await step(1)
        #expect(second.store.health.isOK)
        let record = try await second.store.job(job, of: second.acme)
        #expect(record?.state == .running)
        let remaining = try #require(record?.leaseExpiresAt) - second.clock.now
        #expect(remaining > .seconds(60) && remaining <= .seconds(120))
      }
    }
  }

  private func finish(
    _ attempt: AttemptRef, _ gateway: TestGateway, _ peer: PeerContext
  ) async throws {
    _ = try await gateway.asPeer(peer) { client in
      try await WorkerClient(wrapping: client).finishAttempt(
        .with {
          $0.attempt = attempt
          $0.outcome = .succeeded
        })
    }
  }

  /// Runs the loop that keeps time; `step` lets so many seconds pass and returns when the loop has
  /// come by.
  private func withMaintenance(
    of gateway: TestGateway, _ body: ((Int) async -> Void) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await gateway.gateway.maintenance.keepTime() }
      await gateway.clock.sleepers(atLeast: 1)
      try await body { seconds in
        gateway.clock.advance(by: .seconds(seconds))
        await gateway.clock.sleepers(atLeast: 1)
      }
      group.cancelAll()
    }
  }
}
