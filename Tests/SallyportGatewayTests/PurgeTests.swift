import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportStore
import SallyportStoreSQLite
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportGateway

/// A tenant that another process purges, as `tenant purge` does, while this gateway serves.
@Suite struct PurgeTests {
  @Test("what runs is cancelled, sessions and watches end, late results are refused, others go on")
  func served() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let other = try await gateway.enrolledWorker(gateway.globex)
      let connections = ConnectionsDouble([
        gateway.operatorPeer(), peer, other, gateway.operatorPeer(gateway.globex),
      ])
      gateway.gateway.attach(connections)
      let job = try await gateway.submit()
      let kept = try await gateway.submit(gateway.globex)
      let last = try await gateway.store.lastRevocation()
      try await gateway.withWorkerSession(other) { neighbour, _ in
        _ = try await neighbour.runJob()
        try await gateway.withWorkerSession(peer) { worker, _ in
          let attempt = try await worker.runJob()
          let (watching, started) = AsyncStream<Void>.makeStream()
          async let watch: Void = gateway.asOperator { client in
            try await client.watchJob(.with { $0.jobID = job.rawValue }) { response in
              for try await _ in response.messages { started.yield() }
            }
          }
          for await _ in watching { break }
          let result = try await gateway.store.purge(gateway.acme, at: gateway.clock.now) { _ in }
          #expect(result?.jobs == 1)
          _ = try await gateway.gateway.maintenance.applyRevocations(after: last)
          let cancelled = try await worker.next {
            if case .cancel(let cancel)? = $0.message { cancel.attempt } else { nil }
          }
          #expect(cancelled == attempt)
          #expect(await worker.end()?.code == .permissionDenied)
          do {
            try await watch
            Issue.record("the watch went on")
          } catch let error as RPCError {
            #expect(error.code == .permissionDenied)
          }
        }
        #expect(connections.closed.withLock { $0 } == [true, true, false, false])
        let late = await #expect(throws: RPCError.self) {
          try await gateway.asPeer(peer) { client in
            _ = try await WorkerClient(wrapping: client).finishAttempt(.init())
          }
        }
        #expect(late?.code == .permissionDenied)
        let error = await #expect(throws: RPCError.self) { try await gateway.job(job) }
        #expect(error?.code == .permissionDenied)
        #expect(try await gateway.job(kept, gateway.globex).state == .running)
      }
    }
  }
}
