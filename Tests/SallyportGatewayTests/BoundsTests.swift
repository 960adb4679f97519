import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf
import Testing

@testable import SallyportGateway

@Suite struct BoundsTests {
  @Test("texts are cut in bytes, between two characters")
  func cut() {
    #expect("abc".prefix(bytes: 3) == "abc")
    #expect("abc".prefix(bytes: 2) == "ab")
    #expect("a\u{e9}".prefix(bytes: 2) == "a")
    #expect("a\u{1F469}\u{200D}\u{1F680}b".prefix(bytes: 10) == "a")
    #expect("\u{1F469}".prefix(bytes: 0) == "")
    let long = String(repeating: "\u{1F469}", count: 1_000).prefix(bytes: 1_023)
    #expect(long.utf8.count == 1_020)
  }

  @Test("a default does not exceed the maximum that is configured, and refusals name it")
  func defaults() async throws {
    var limits = GatewayLimits()
    limits.maximumTokenLifetime = .seconds(60)
    limits.maximumJobTimeout = .seconds(90)
    try await TestGateway.with(limits: limits) { gateway in
      let job = try await gateway.job(try await gateway.submit())
      #expect(job.spec.timeout.seconds == 90)
      try await gateway.asOperator { client in
        let token = try await client.createToken(.with { $0.pool = TestGateway.pool })
        #expect(token.expiresAt.seconds <= (gateway.clock.now + .seconds(60)).seconds)
        do {
          _ = try await client.createToken(
            .with {
              $0.pool = TestGateway.pool
              $0.lifetime = .with { $0.seconds = 61 }
            })
          Issue.record("accepted")
        } catch let error as RPCError {
          #expect(error.message.contains("at most 60 s"))
        }
      }
    }
  }

  @Test("a listing's pages fit in a message, and together have everything")
  func pages() async throws {
    var limits = GatewayLimits()
    limits.listingSize = 5_000
    try await TestGateway.with(limits: limits) { gateway in
      let large = String(repeating: "x", count: 2_000)
      try await gateway.asOperator { client in
        for _ in 0..<5 {
          _ = try await client.submitJob(
            .with {
              $0.pool = TestGateway.pool
              $0.spec.command = ["echo", large]
            })
        }
        var pages: [Int] = []
        var token = ""
        repeat {
          let page = try await client.listJobs(.with { $0.pageToken = token })
          #expect(page.jobs.allSatisfy { $0.spec.command == ["echo", large] })
          pages.append(page.jobs.count)
          token = page.nextPageToken
        } while !token.isEmpty
        #expect(pages == [2, 2, 1])
      }
      var workers: [String] = []
      for _ in 0..<5 {
        let peer = try await gateway.enrolledWorker()
        workers.append(peer.workerID.rawValue)
        try await gateway.withRawWorkerSession(peer) { worker in
          worker.send(
            .with {
              $0.hello.labels = Dictionary(
                uniqueKeysWithValues: (0..<8).map { ("\($0)", String(repeating: "x", count: 250)) })
            })
          _ = try await worker.next { if case .welcome? = $0.message { () } else { nil } }
        }
      }
      let listed = try await gateway.asOperator { client in
        var listed: [[String]] = []
        var token = ""
        repeat {
          let page = try await client.listWorkers(.with { $0.pageToken = token })
          listed.append(page.workers.map(\.id))
          token = page.nextPageToken
        } while !token.isEmpty
        return listed
      }
      #expect(listed.map(\.count) == [2, 2, 1])
      #expect(Set(listed.joined()) == Set(workers))
    }
  }

}
