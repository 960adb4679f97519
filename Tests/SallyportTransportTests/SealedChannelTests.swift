import HTTPTypes
import NIOCore
import SallyportCore
import SallyportRelay
import SallyportTLS
import SallyportTransportTestSupport
import Synchronization
import Testing

@testable import SallyportTransport

@Suite(.timeLimit(.minutes(1)))
struct SealedChannelTests {
  @Test(arguments: [1, 2])
  func requestsPassThroughTheGateway(loops: Int) async throws {
    var stack = try RelayStack()
    stack.loops = loops
    let matchmaker = Matchmaker()
    let (peer, agent) = try await stack.withSealedStack(ClosureHandler.echo, matchmaker: matchmaker)
    {
      dialer, _ in
      try await dialer.withSealedChannel(RelayStack.workerRequest) { channel in
        try await channel.withExchange(.fetch, requestBody: nil) { response, body in
          #expect(response.status == .ok)
          #expect(response.headerFields[.contentType] == "none")
          for try await _ in body { Issue.record("there is no body") }
        }
        let count = try await channel.count(.upload, body: pieces(100, of: 100_000))
        #expect(count == 10_000_000)
        return channel.peer.spiffeID.uri
      }
    }
    #expect(peer == "spiffe://inner.test/agent/1")
    #expect(agent == nil)
    #expect(await matchmaker.outcome() == nil)
    #expect(matchmaker.meter.bytesToAgent > 10_000_000)
    #expect(matchmaker.meter.bytesToWorker > 10_000_000)
    #expect(matchmaker.meter.bytesToWorker < 10_100_000)
  }

  @Test func severalRequestsAtOnce() async throws {
    let stack = try RelayStack()
    let (counts, agent) = try await stack.withSealedStack(ClosureHandler.echo) { dialer, _ in
      try await dialer.withSealedChannel(RelayStack.workerRequest) { channel in
        try await withThrowingTaskGroup(of: Int.self) { group in
          for index in 1...8 {
            group.addTask { try await channel.count(.upload, body: pieces(index, of: 50_000)) }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
      }
    }
    #expect(counts.sorted() == (1...8).map { $0 * 50_000 })
    #expect(agent == nil)
  }

  @Test func whatTheGatewayRefusesIsSaid() async throws {
    let stack = try RelayStack()
    let refusal = RelayRefusal(
      status: 503, reason: "no agent of pool 'cöde' is connected", retryAfter: .seconds(7))
    try await stack.withGateway(Matchmaker(refusing: refusal)) { _, port in
      try await stack.dialer(port: port, outer: stack.workerOuter, seal: stack.workerSeal)
        .withLink { link in
          let error = await #expect(throws: RelayError.self) {
            try await link.dialer?.withSealedChannel(RelayStack.workerRequest) { _ in }
          }
          #expect(error?.code == .refused)
          #expect(error?.refusal == refusal)
        }
    }
  }

  @Test func aListenerWithoutRelaysRefusesThem() async throws {
    let stack = try RelayStack()
    try await stack.withGateway(nil) { _, port in
      try await stack.dialer(port: port, outer: stack.workerOuter, seal: stack.workerSeal)
        .withLink { link in
          let error = await #expect(throws: RelayError.self) {
            try await link.dialer?.withSealedChannel(RelayStack.workerRequest) { _ in }
          }
          #expect(error?.refusal?.status == 405)
          // The connection is none the worse for it.
          _ = try await link.client.echo([1])
        }
    }
  }

  @Test func anAgentOfAnotherTrustRootIsRefused() async throws {
    var stack = try RelayStack()
    let foreign = try RelayStack()
    stack.agentSeal = foreign.agentSeal
    stack.agentSeal.trustRoots = stack.workerSeal.trustRoots
    let (error, agent) = try await stack.withSealedStack(ClosureHandler.echo) { dialer, _ in
      await #expect(throws: RelayError.self) {
        try await dialer.withSealedChannel(RelayStack.workerRequest) { _ in }
      }
    }
    #expect(error?.code == .sealFailed)
    #expect((agent as? RelayError)?.code == .sealFailed)
  }

  @Test func aWorkerOfAnotherTrustRootIsRefused() async throws {
    var stack = try RelayStack()
    let foreign = try RelayStack()
    stack.workerSeal = foreign.workerSeal
    stack.workerSeal.trustRoots = stack.agentSeal.trustRoots
    let (error, agent) = try await stack.withSealedStack(ClosureHandler.echo) { dialer, _ in
      await #expect(throws: RelayError.self) {
        try await dialer.withSealedChannel(RelayStack.workerRequest) { try await $0.count() }
      }
    }
    #expect(error?.code == .sealFailed)
    #expect((agent as? RelayError)?.code == .sealFailed)
  }

  @Test func aResponseThatFailsIsNeverShort() async throws {
    let stack = try RelayStack()
    let handler = ClosureHandler { request, _, response in
      try await response.start(HTTPResponse(status: .ok))
      try await response.write(ByteBuffer(repeating: 1, count: 10))
      if request.method == .post { throw TestFailure("the origin failed") }
      // Returns without finishing.
    }
    let (_, agent) = try await stack.withSealedStack(handler) { dialer, _ in
      try await dialer.withSealedChannel(RelayStack.workerRequest) { channel in
        for request in [HTTPRequest.fetch, .upload] {
          let error = await #expect(throws: RelayError.self) {
            try await channel.count(request, body: pieces(1, of: 1))
          }
          #expect(error?.code == .reset)
        }
      }
    }
    #expect(agent == nil)
  }

  @Test func aWorkerThatLosesInterestCancelsTheHandler() async throws {
    let stack = try RelayStack()
    let (cancelled, cancel) = AsyncStream<Void>.makeStream()
    let handler = ClosureHandler { _, _, response in
      try await response.start(HTTPResponse(status: .ok))
      do {
        while true { try await response.write(ByteBuffer(repeating: 0, count: 65_536)) }
      } catch {
        cancel.yield()
        throw error
      }
    }
    let (_, agent) = try await stack.withSealedStack(handler) { dialer, _ in
      try await dialer.withSealedChannel(RelayStack.workerRequest) { channel in
        try await channel.withExchange(.fetch, requestBody: nil) { _, body in
          for try await _ in body { break }
        }
        for await _ in cancelled { break }
      }
    }
    #expect(agent == nil)
  }

  @Test(arguments: [1, 2])
  func aSlowWorkerHoldsTheAgentBack(loops: Int) async throws {
    var stack = try RelayStack()
    stack.loops = loops
    let written = Atomic<Int>(0)
    let (progress, report) = AsyncStream<Int>.makeStream()
    let total = 64 << 20
    let handler = ClosureHandler.sending(total) { count in
      written.store(count, ordering: .relaxed)
      report.yield(count)
    }
    let (count, agent) = try await stack.withSealedStack(handler) { dialer, _ in
      try await dialer.withSealedChannel(RelayStack.workerRequest) { channel in
        try await channel.withExchange(.fetch, requestBody: nil) { _, body in
          for await count in progress where count >= 256 * 1_024 { break }
          // The inner window, the agent's queue of 1 MiB, and those of the sockets in between.
          #expect(written.load(ordering: .relaxed) <= 5 << 18)
          var count = 0
          for try await piece in body { count += piece.readableBytes }
          return count
        }
      }
    }
    #expect(count == total)
    #expect(agent == nil)
  }
}
