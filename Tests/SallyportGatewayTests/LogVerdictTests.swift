import Crypto
import FoundationEssentials
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportRelay
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct LogVerdictTests {
  struct Case: Sendable {
    var claimedLength: UInt64 = 23
    var digest: [UInt8] = Array(SHA256.hash(data: LogVerdictTests.log))
    var isIncomplete = false
    var workersReason = ""
    var maximum: UInt64 = 1 << 20
    var expected: String
  }

  private static let log: [UInt8] = {
    var bytes: [UInt8] = []
    LogEntry(stream: .stdout, timestamp: 1, payload: Array("before\n".utf8)).encode(into: &bytes)
    return bytes
  }()

  @Test(
    "what is missing of a log is said with the attempt and with the job",
    arguments: [
      Case(expected: ""),
      Case(claimedLength: 456, expected: "length 23 of 456 bytes stored"),
      Case(digest: [1, 2, 3], expected: "SHA-256 differs"),
      Case(isIncomplete: true, workersReason: "spool\nlost", expected: "spool lost"),
      Case(isIncomplete: true, expected: "the worker says that bytes are missing"),
      Case(
        claimedLength: 456, maximum: 100,
        expected: "beyond the gateway's logs.maximum-size: length 23 of 456 bytes stored"),
    ])
  func verdict(_ test: Case) async throws {
    var limits = GatewayLimits()
    limits.maximumLogLength = test.maximum
    try await TestGateway.with(limits: limits) { gateway in
      let peer = try await gateway.enrolledWorker()
      let job = try await gateway.submit()
      try await gateway.withWorkerSession(peer) { worker, _ in
        let attempt = try await worker.runJob()
        let log = Self.log
        try await gateway.asPeer(peer) { client in
          try await WorkerClient(wrapping: client).writeLog(
            requestProducer: { writer in
              try await writer.write(
                .with {
                  $0.attempt = attempt
                  $0.data = Data(log)
                  $0.crc32C = CRC32C.checksum(log)
                })
            }, onResponse: { response in for try await _ in response.messages {} })
          _ = try await WorkerClient(wrapping: client).finishAttempt(
            .with {
              $0.attempt = attempt
              $0.outcome = .succeeded
              $0.logLength = test.claimedLength
              $0.logSha256 = Data(test.digest)
              $0.logIncomplete = test.isIncomplete
              $0.logIncompleteReason = test.workersReason
            })
        }
        let shown = try await gateway.job(job)
        #expect(shown.logIncompleteReason == test.expected)
        #expect(shown.logState == (test.expected.isEmpty ? .complete : .incomplete))
        #expect(shown.attempts.map(\.logIncompleteReason) == [test.expected])
        #expect(shown.attempts.first?.outcome == "succeeded")
        #expect(shown.attempts.first?.workerID == peer.workerID.rawValue)
      }
    }
  }

  @Test("a cancellation is shown as it goes: requested, delivered, confirmed")
  func cancellation() async throws {
    try await TestGateway.with { gateway in
      let peer = try await gateway.enrolledWorker()
      let job = try await gateway.submit()
      #expect(try await !gateway.job(job).hasCancellation)
      try await gateway.withWorkerSession(peer) { worker, _ in
        let attempt = try await worker.runJob()
        for _ in 0..<10 {
          let asked = try await gateway.asOperator { client in
            try await client.cancelJob(
              .with {
                $0.jobID = job.rawValue
                $0.reason = "enough"
              })
          }
          #expect(asked.cancellation.requestedBy == "alice")
          #expect(!asked.cancellation.hasDeliveredAt)
        }
        worker.send(.with { $0.cancelAcknowledged.attempt = attempt })
        try await worker.settle()
        let delivered = try await gateway.job(job).cancellation
        #expect(delivered.hasDeliveredAt && !delivered.hasConfirmedAt)
        #expect(delivered.reason == "enough" && delivered.hasRequestedAt)
        _ = try await gateway.asPeer(peer) { client in
          try await WorkerClient(wrapping: client).finishAttempt(
            .with {
              $0.attempt = attempt
              $0.outcome = .cancelled
            })
        }
        #expect(try await gateway.job(job).cancellation.hasConfirmedAt)
      }
    }
  }
}
