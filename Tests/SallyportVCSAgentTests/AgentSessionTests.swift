import GRPCCore
import GRPCInProcessTransport
import SallyportCore
import SallyportPolicy
import SallyportProtos
import SallyportRelay
import SallyportSession
import SallyportTestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import SallyportVCSAgent

/// The gateway's end of one session, moved by the test.
private final class FakeGateway: Sallyport_Vcs_V1_VCSService.SimpleServiceProtocol {
  let received: AsyncStream<Sallyport_Vcs_V1_AgentMessage>
  private let report: AsyncStream<Sallyport_Vcs_V1_AgentMessage>.Continuation
  private let outgoing: AsyncStream<Sallyport_Vcs_V1_GatewayMessage>
  let send: AsyncStream<Sallyport_Vcs_V1_GatewayMessage>.Continuation

  init() {
    (received, report) = AsyncStream.makeStream()
    (outgoing, send) = AsyncStream.makeStream()
  }

  func session(
    request: RPCAsyncSequence<Sallyport_Vcs_V1_AgentMessage, any Error>,
    response: RPCWriter<Sallyport_Vcs_V1_GatewayMessage>, context: ServerContext
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { for try await message in request { self.report.yield(message) } }
      for await message in self.outgoing { try await response.write(message) }
      group.cancelAll()
    }
  }
}

/// Relays that stay open until the test ends them.
private final class FakeSealedServer: SealedServer {
  let opened: AsyncStream<String>
  private let report: AsyncStream<String>.Continuation
  private let ends = Mutex<[String: AsyncStream<Void>.Continuation]>([:])
  private let failure = Mutex<RelayError?>(nil)

  init() { (opened, report) = AsyncStream.makeStream() }

  /// From now on, no relay can be opened.
  func fail(_ error: RelayError) { failure.withLock { $0 = error } }

  func serve(_ request: RelayRequest, handler: any SealedHandler) async throws {
    if let error = failure.withLock({ $0 }) { throw error }
    let (end, continuation) = AsyncStream<Void>.makeStream()
    ends.withLock { $0[request.authority] = continuation }
    report.yield(request.authority)
    for await _ in end {}
    try Task.checkCancellation()
  }

  func end(_ authority: String) { ends.withLock { $0[authority] }?.finish() }
}

@Suite(.timeLimit(.minutes(1))) struct AgentSessionTests {
  private static let externalID = String(repeating: "e", count: 32)

  private static func session(
    relays: Slots = Slots(2), ledger: MemoryLedger = MemoryLedger()
  ) -> AgentSession {
    AgentSession(
      relays: relays, requests: Slots(2), displayName: "agent-1", externalID: externalID,
      policy: AdmissionFetchPolicy(PolicySource(AdmissionPolicy(repositories: []))),
      upstreams: UpstreamTable([]),
      ledger: ledger, logger: RecordedLog().logger)
  }

  private func with(
    _ session: AgentSession = AgentSessionTests.session(),
    _ body:
      @escaping @Sendable (
        FakeGateway, FakeSealedServer, SessionControl, Task<SessionEnd, any Error>
      ) async throws -> Void
  ) async throws {
    let transport = InProcessTransport()
    let gateway = FakeGateway()
    let sealed = FakeSealedServer()
    let control = SessionControl(number: 1) { _ in }
    try await withGRPCServer(transport: transport.server, services: [gateway]) { _ in
      try await withGRPCClient(transport: transport.client) { client in
        let task = Task {
          try await session.run(
            GatewayLink(client: client, dialer: nil, server: sealed), control)
        }
        try await body(gateway, sealed, control, task)
        task.cancel()
        gateway.send.finish()
      }
    }
  }

  @Test func saysHelloServesRelaysAndDrains() async throws {
    try await with { gateway, sealed, control, task in
      var received = gateway.received.makeAsyncIterator()
      let hello = await received.next()
      #expect(hello?.hello.version == SallyportVersion.current)
      #expect(hello?.hello.displayName == "agent-1")
      #expect(hello?.hello.capacity == 2)
      gateway.send.yield(.with { $0.welcome.externalID = Self.externalID })
      let message3 = await received.next()
      #expect(message3?.message != nil)

      let id = RelayID.random()
      gateway.send.yield(.with { $0.openRelay.relayID = id.rawValue })
      var opened = sealed.opened.makeAsyncIterator()
      let authority = await opened.next()
      #expect(authority == "\(id).relay.sallyport")

      control.requestDrain(.shutdown)
      let message4 = await received.next()
      #expect(message4?.drain.reason.isEmpty == false)
      gateway.send.yield(.with { $0.openRelay.relayID = RelayID.random().rawValue })
      let message5 = await received.next()
      #expect(message5?.relayRefused.reason.isEmpty == false)
      sealed.end(try #require(authority))
      let end = try await task.value
      #expect(end == .ended)
    }
  }

  @Test func endsWithAnotherExternalID() async throws {
    try await with { gateway, _, _, task in
      gateway.send.yield(.with { $0.welcome.externalID = String(repeating: "f", count: 32) })
      await #expect(throws: SessionState.Violation.externalID) { try await task.value }
    }
  }

  @Test func returnsWhenTheGatewayEndsTheStream() async throws {
    try await with { gateway, _, _, task in
      gateway.send.yield(.with { $0.welcome.externalID = Self.externalID })
      gateway.send.finish()
      let end = try await task.value
      #expect(end == .ended)
    }
  }

  @Test func cancellationEndsRelays() async throws {
    try await with { gateway, sealed, _, task in
      gateway.send.yield(.with { $0.welcome.externalID = Self.externalID })
      gateway.send.yield(.with { $0.openRelay.relayID = RelayID.random().rawValue })
      var opened = sealed.opened.makeAsyncIterator()
      _ = await opened.next()
      task.cancel()
      _ = await task.result
    }
  }

  /// A connection that is being replaced keeps its relays: with them the agent is full.
  @Test func countsRelaysOverAllSessions() async throws {
    let session = Self.session(relays: Slots(1))
    try await with(session) { gateway, sealed, _, _ in
      gateway.send.yield(.with { $0.welcome.externalID = Self.externalID })
      gateway.send.yield(.with { $0.openRelay.relayID = RelayID.random().rawValue })
      var opened = sealed.opened.makeAsyncIterator()
      let authority = try #require(await opened.next())
      try await with(session) { second, secondSealed, _, _ in
        second.send.yield(.with { $0.welcome.externalID = Self.externalID })
        let id = RelayID.random()
        second.send.yield(.with { $0.openRelay.relayID = id.rawValue })
        #expect(await Self.refusal(second) == [id.rawValue, "this VCS agent is at capacity"])
        sealed.end(authority)
        while session.relays.take() == false { await Task.yield() }
        session.relays.giveBack()
        second.send.yield(.with { $0.openRelay.relayID = RelayID.random().rawValue })
        var opened = secondSealed.opened.makeAsyncIterator()
        #expect(await opened.next() != nil)
      }
    }
  }

  @Test func refusesARelayThatCannotBeOpened() async throws {
    try await with { gateway, sealed, _, _ in
      sealed.fail(RelayError(code: .connectionLost, message: "no more streams"))
      gateway.send.yield(.with { $0.welcome.externalID = Self.externalID })
      let id = RelayID.random()
      gateway.send.yield(.with { $0.openRelay.relayID = id.rawValue })
      #expect(await Self.refusal(gateway)?.first == id.rawValue)
    }
  }

  /// - Returns: Id and reason of the first refusal.
  private static func refusal(_ gateway: FakeGateway) async -> [String]? {
    for await message in gateway.received {
      guard case .relayRefused(let refusal) = message.message else { continue }
      return [refusal.relayID, refusal.reason]
    }
    return nil
  }
}

@Suite struct SessionInboxTests {
  @Test func endsWhereItOverflows() async {
    let inbox = SessionInbox()
    for _ in 0...SessionInbox.capacity { inbox.report(.tick) }
    inbox.report(.drain)
    var count = 0
    for await _ in inbox.events { count += 1 }
    #expect(count == SessionInbox.capacity)
  }
}
