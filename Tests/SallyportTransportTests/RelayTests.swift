import HTTPTypes
import NIOCore
import SallyportCore
import SallyportRelay
import SallyportTransportTestSupport
import Testing

@testable import SallyportTransport

/// Relays that end before their time.
@Suite(.timeLimit(.minutes(1)))
struct RelayTests {
  /// Answers a part of a response, tells so, and then says nothing more.
  private static func stalling(_ started: AsyncStream<Void>.Continuation) -> ClosureHandler {
    ClosureHandler { _, body, response in
      try await response.start(.init(status: .ok))
      try await response.write(ByteBuffer(repeating: 1, count: 100))
      started.yield()
      for try await _ in body {}
      try await Task.sleep(for: .seconds(600))
    }
  }

  /// What the worker and the gateway see where `cut` happens in the middle of a response.
  private func cut(
    _ limits: TransportLimits = TransportLimits(),
    _ cut: @escaping @Sendable (SecureServerTransport) async -> Void
  ) async throws -> (worker: RelayError?, relay: RelayError?, agent: RelayError?) {
    var stack = try RelayStack()
    stack.limits = limits
    let matchmaker = Matchmaker()
    let (started, start) = AsyncStream<Void>.makeStream()
    let (worker, agent) = try await stack.withSealedStack(
      Self.stalling(start), matchmaker: matchmaker
    ) { dialer, transport in
      await #expect(throws: RelayError.self) {
        try await dialer.withSealedChannel(RelayStack.workerRequest) { channel in
          try await channel.withExchange(.fetch, requestBody: nil) { _, body in
            for await _ in started { break }
            await cut(transport)
            for try await _ in body {}
          }
        }
      }
    }
    return (worker, await matchmaker.outcome(), agent as? RelayError)
  }

  private func close(_ name: String) -> @Sendable (SecureServerTransport) async -> Void {
    { transport in
      await transport.liveConnections.close(reason: "revoked") {
        $0.peer?.spiffeID.uri == "spiffe://outer.test/\(name)/1"
      }
    }
  }

  @Test func losingTheAgentResetsTheWorker() async throws {
    let seen = try await cut(TransportLimits(), close("agent"))
    #expect(seen.worker?.code == .reset)
    #expect(seen.relay?.code == .connectionLost)
    #expect(seen.agent?.code == .connectionLost)
  }

  @Test func losingTheWorkerResetsTheAgent() async throws {
    let seen = try await cut(TransportLimits(), close("worker"))
    #expect(seen.worker?.code == .connectionLost)
    #expect(seen.relay?.code == .connectionLost)
    #expect(seen.agent?.code == .reset)
  }

  @Test func anIdleRelayIsEnded() async throws {
    var limits = TransportLimits()
    limits.relayIdleTimeout = .milliseconds(400)
    let seen = try await cut(limits) { _ in }
    #expect(seen.worker?.code == .reset)
    #expect(seen.relay?.code == .idle)
    #expect(seen.agent?.code == .reset)
  }

  @Test func aLegThatNobodyDecidesAboutIsAnswered() async throws {
    struct Undecided: ConnectHandler {
      func handle(_ leg: any RelayLeg) async {}
    }
    let stack = try RelayStack()
    try await stack.withGateway(Undecided()) { _, port in
      try await stack.dialer(port: port, outer: stack.workerOuter, seal: stack.workerSeal)
        .withLink { link in
          let error = await #expect(throws: RelayError.self) {
            try await link.dialer?.withSealedChannel(RelayStack.workerRequest) { _ in }
          }
          #expect(error?.refusal?.status == 500)
        }
    }
  }

  @Test func givingUpBeforeTheAnswerCancelsTheHandler() async throws {
    struct Waiting: ConnectHandler {
      let started: AsyncStream<Void>.Continuation
      let cancelled: AsyncStream<Void>.Continuation
      func handle(_ leg: any RelayLeg) async {
        started.yield()
        try? await Task.sleep(for: .seconds(600))
        cancelled.yield()
      }
    }
    let stack = try RelayStack()
    let (started, start) = AsyncStream<Void>.makeStream()
    let (cancelled, cancel) = AsyncStream<Void>.makeStream()
    let handler = Waiting(started: start, cancelled: cancel)
    try await stack.withGateway(handler) { _, port in
      try await stack.dialer(port: port, outer: stack.workerOuter, seal: stack.workerSeal)
        .withLink { link in
          let dialer = link.dialer
          await withTaskGroup(of: RelayError?.self) { group in
            group.addTask {
              await #expect(throws: RelayError.self) {
                try await dialer?.withSealedChannel(RelayStack.workerRequest) { _ in }
              }
            }
            for await _ in started { break }
            group.cancelAll()
            for await error in group { #expect(error?.code == .cancelled) }
          }
          for await _ in cancelled { break }
        }
    }
  }
}
