import GRPCCore
import GRPCInProcessTransport
import SallyportCore
import SallyportProtos
import SallyportRelay
import SallyportSession
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

  init() { (opened, report) = AsyncStream.makeStream() }

  func serve(_ request: RelayRequest, handler: any SealedHandler) async throws {
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

  private func with(
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
        let session = AgentSession(
          capacity: 2, displayName: "agent-1", externalID: Self.externalID,
          allowlist: RepositoryAllowlist([]), upstreams: UpstreamTable([]),
          logger: RecordedLog().logger)
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
}
