import Crypto
import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportStoreSQLite
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct RestartTests {
  @Test("a job outlives its gateway: run once, its log whole, its lease moved on by the outage")
  func outage() async throws {
    try await TestGateway.with { first in
      let peer = try await first.enrolledWorker()
      let job = try await first.submit()
      let (one, two) = (entry("before\n"), entry("after\n"))
      try await first.store.beat(at: first.clock.now)
      let attempt = try await first.withWorkerSession(peer) { worker, _ in
        let attempt = try await worker.runJob()
        #expect(try await write(one, at: 0, of: attempt, first, peer) == 22 + 1)
        return attempt
      }

      // Ten minutes without a gateway: five times the lease.
      first.clock.advance(by: .seconds(600))
      let second = first.restarted()
      _ = try await second.store.resume(
        at: second.clock.now, grace: .seconds(60), longest: .seconds(120))
      try await second.gateway.maintenance.sweepOnce()
      #expect(try await second.job(job).state == .running)

      let again = PeerContext(peer: peer.peer, connection: .random(), remoteAddress: "x")
      try await second.withWorkerSession(again, inventory: [try AttemptID(attempt)]) {
        worker, welcome in
        #expect(welcome.staleAttempts.isEmpty)
        // What was acknowledged is sent again, because the worker cannot know that it was.
        let whole = one + two
        #expect(
          try await write(whole, at: 0, of: attempt, second, again) == UInt64(whole.count))
        let response = try await second.asPeer(again) { client in
          try await WorkerClient(wrapping: client).finishAttempt(
            .with {
              $0.attempt = attempt
              $0.outcome = .succeeded
              $0.logLength = UInt64(whole.count)
              $0.logSha256 = Data(SHA256.hash(data: whole))
            })
        }
        #expect(response.recordedOutcome == .succeeded)
      }
      let done = try await second.job(job)
      #expect(done.state == .succeeded && done.epoch == 1 && done.logState == .complete)
    }
  }

  @Test("an attempt that nobody comes back for is lost when its lease is over, and not before")
  func abandoned() async throws {
    try await TestGateway.with { first in
      let peer = try await first.enrolledWorker()
      let job = try await first.submit()
      try await first.store.beat(at: first.clock.now)
      _ = try await first.withWorkerSession(peer) { worker, _ in try await worker.runJob() }
      first.clock.advance(by: .seconds(600))
      let second = first.restarted()
      _ = try await second.store.resume(
        at: second.clock.now, grace: .seconds(60), longest: .seconds(120))
      for (wait, state) in [
        (119, Sallyport_Operator_V1_JobState.running), (1, .lost),
      ] {
        second.clock.advance(by: .seconds(wait))
        try await second.gateway.maintenance.sweepOnce()
        #expect(try await second.job(job).state == state)
      }
    }
  }

  private func entry(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    LogEntry(stream: .stdout, timestamp: 1, payload: Array(text.utf8)).encode(into: &bytes)
    return bytes
  }

  private func write(
    _ bytes: [UInt8], at offset: UInt64, of attempt: AttemptRef, _ gateway: TestGateway,
    _ peer: PeerContext
  ) async throws -> UInt64? {
    try await gateway.asPeer(peer) { client in
      try await WorkerClient(wrapping: client).writeLog(
        requestProducer: { writer in
          try await writer.write(
            .with {
              $0.attempt = attempt
              $0.offset = offset
              $0.data = Data(bytes)
              $0.crc32C = CRC32C.checksum(bytes)
            })
        },
        onResponse: { response in
          try await response.messages.reduce(into: nil) { $0 = $1.durableOffset }
        })
    }
  }
}
