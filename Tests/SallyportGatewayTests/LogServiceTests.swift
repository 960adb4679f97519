import Crypto
import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct LogServiceTests {
  private func chunk(
    _ attempt: AttemptRef, at offset: Int, _ bytes: [UInt8], crc: UInt32? = nil
  ) -> Sallyport_Worker_V1_LogChunk {
    .with {
      $0.attempt = attempt
      $0.offset = UInt64(offset)
      $0.data = Data(bytes)
      $0.crc32C = crc ?? CRC32C.checksum(bytes)
    }
  }

  private func entry(_ text: String, _ stream: LogStreamID = .stdout) -> [UInt8] {
    var bytes: [UInt8] = []
    LogEntry(stream: stream, timestamp: 1, payload: Array(text.utf8)).encode(into: &bytes)
    return bytes
  }

  private func write(
    _ chunks: [Sallyport_Worker_V1_LogChunk], _ gateway: TestGateway, _ peer: PeerContext
  ) async throws -> [UInt64] {
    try await gateway.asPeer(peer) { client in
      try await WorkerClient(wrapping: client).writeLog(
        requestProducer: { try await $0.write(contentsOf: chunks) },
        onResponse: { response in
          try await response.messages.reduce(into: []) { $0.append($1.durableOffset) }
        })
    }
  }

  private func read(
    _ gateway: TestGateway, _ job: JobID, from offset: UInt64 = 0, follow: Bool = false
  ) async throws -> ([UInt8], Sallyport_Operator_V1_LogState) {
    try await gateway.asOperator { client in
      try await client.readLog(
        .with {
          $0.jobID = job.rawValue
          $0.offset = offset
          $0.follow = follow
        }
      ) { response in
        var bytes: [UInt8] = []
        var state = Sallyport_Operator_V1_LogState.unspecified
        for try await part in response.messages {
          #expect(part.offset == offset + UInt64(bytes.count))
          bytes += part.data
          state = part.logState
        }
        return (bytes, state)
      }
    }
  }

  @Test("a log arrives once and whole through resends, gaps and a follower")
  func wholeLog() async throws {
    var limits = GatewayLimits()
    limits.logReadSize = 7
    try await TestGateway.with(limits: limits) { gateway in
      let peer = try await gateway.enrolledWorker()
      let job = try await gateway.submit()
      try await gateway.withWorkerSession(peer) { worker, _ in
        let attempt = try await worker.runJob()
        let (one, two) = (entry("hello\n"), entry("world\n", .stderr))
        let whole = one + two
        async let followed = read(gateway, job, follow: true)
        #expect(
          try await write(
            [
              chunk(attempt, at: 0, []), chunk(attempt, at: one.count, two),
              chunk(attempt, at: 0, one), chunk(attempt, at: 0, one),
              chunk(attempt, at: 0, whole),
            ], gateway, peer) == [0, 0, 22, 22, 44])
        let (bytes, state) = try await read(gateway, job, from: 3)
        #expect(bytes == Array(whole.dropFirst(3)) && state == .open)
        _ = try await gateway.asPeer(peer) { client in
          try await WorkerClient(wrapping: client).finishAttempt(
            .with {
              $0.attempt = attempt
              $0.outcome = .succeeded
              $0.logLength = UInt64(whole.count)
              $0.logSha256 = Data(SHA256.hash(data: whole))
            })
        }
        let (all, end) = try await followed
        #expect(all == whole && end == .complete)
      }
    }
  }

  @Test("a log is complete only where the gateway's own hash agrees", arguments: [true, false])
  func completeness(cached: Bool) async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let bytes = entry("x")
      let good = Data(SHA256.hash(data: bytes))
      let cases: [(UInt64, Data, Bool, Bool)] = [
        (17, good, false, true), (17, Data(count: 32), false, false), (18, good, false, false),
        (0, Data(SHA256.hash(data: [UInt8]())), false, false), (17, good, true, false),
      ]
      for (length, hash, incomplete, isComplete) in cases {
        let job = try await gateway.submit()
        try await gateway.withWorkerSession(peer) { worker, _ in
          let attempt = try await worker.runJob()
          _ = try await write([chunk(attempt, at: 0, bytes)], gateway, peer)
          if !cached { gateway.services.digests.forget(try AttemptID(attempt)) }
          _ = try await gateway.asPeer(peer) { client in
            try await WorkerClient(wrapping: client).finishAttempt(
              .with {
                $0.attempt = attempt
                $0.outcome = .failed
                $0.logLength = length
                $0.logSha256 = hash
                $0.logIncomplete = incomplete
              })
          }
          #expect(try await gateway.job(job).logState == (isComplete ? .complete : .incomplete))
        }
      }
    }
  }

  @Test("who follows the latest attempt waits through an offer that is returned")
  func returnedOffer() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let job = try await gateway.submit()
      let (reading, started) = AsyncStream<Void>.makeStream()
      try await gateway.withWorkerSession(peer) { worker, _ in
        worker.grant(1)
        _ = try await worker.offer()
        gateway.clock.advance(by: .seconds(15))
        try await gateway.gateway.maintenance.sweepOnce()
        #expect(try await gateway.job(job).state == .queued)
        #expect(try await read(gateway, job).1 == .open)
        async let followed = gateway.asOperator { client in
          try await client.readLog(
            .with {
              $0.jobID = job.rawValue
              $0.follow = true
            }
          ) { response in
            started.yield()
            return try await response.messages.reduce(into: Data()) { $0 += $1.data }
          }
        }
        for await _ in reading { break }
        gateway.clock.advance(by: .seconds(60))
        gateway.services.ticks.callDue()
        let attempt = try await worker.offer()
        worker.accept(attempt)
        try await worker.settle()
        let bytes = entry("second\n")
        _ = try await write([chunk(attempt, at: 0, bytes)], gateway, peer)
        _ = try await gateway.asPeer(peer) { client in
          try await WorkerClient(wrapping: client).finishAttempt(
            .with {
              $0.attempt = attempt
              $0.outcome = .succeeded
            })
        }
        #expect(try await followed == Data(bytes))
      }
    }
  }

  @Test("damaged, malformed, differing and foreign chunks are refused")
  func refusals() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let other = try await gateway.enrolledWorker()
      let foreign = try await gateway.enrolledWorker(gateway.globex)
      try await gateway.submit()
      try await gateway.withWorkerSession(peer) { worker, _ in
        let attempt = try await worker.runJob()
        let bytes = entry("hello")
        _ = try await write([chunk(attempt, at: 0, bytes)], gateway, peer)
        let stale = AttemptRef.with {
          $0.jobID = attempt.jobID
          $0.epoch = attempt.epoch + 1
        }
        let cases: [(Sallyport_Worker_V1_LogChunk, PeerContext, RPCError.Code)] = [
          (chunk(attempt, at: 21, bytes, crc: 1), peer, .dataLoss),
          (chunk(attempt, at: 21, [1, 2, 3]), peer, .invalidArgument),
          (chunk(attempt, at: 21, Array(bytes.dropLast())), peer, .invalidArgument),
          (chunk(attempt, at: 0, entry("hellO")), peer, .failedPrecondition),
          (chunk(stale, at: 0, bytes), peer, .failedPrecondition),
          (chunk(attempt, at: 21, bytes), other, .failedPrecondition),
          (chunk(attempt, at: 21, bytes), foreign, .failedPrecondition),
          (chunk(.init(), at: 0, bytes), peer, .invalidArgument),
        ]
        for (chunk, peer, code) in cases {
          let error = await #expect(throws: RPCError.self) {
            try await write([chunk], gateway, peer)
          }
          #expect(error?.code == code)
        }
        #expect(try await gateway.audit("log.write").count == 3)
        #expect(try await gateway.audit("log.write", gateway.globex).count == 1)
      }
    }
  }

  @Test("the log of a job that never ran is empty, whole, and ends")
  func noAttempt() async throws {
    try await TestGateway.with { gateway in
      let job = try await gateway.submit()
      #expect(try await read(gateway, job).1 == .open)
      async let followed = read(gateway, job, follow: true)
      _ = try await gateway.asOperator { client in
        try await client.cancelJob(.with { $0.jobID = job.rawValue })
      }
      let (bytes, state) = try await followed
      #expect(bytes.isEmpty && state == .complete)
    }
  }
}
