import GRPCCore
import HTTPTypes
import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportRelay
import SallyportTransportTestSupport
import Testing

@testable import SallyportTransport

/// Relays whose ends do what no worker and no agent of ours does.
@Suite(.timeLimit(.minutes(1)))
struct RawRelayTests {
  @Test func relaysThatAreNotReadStopNeitherCallsNorOtherRelays() async throws {
    try await RawRelay.run { relay in
      let count = 40
      for _ in 0..<count {
        _ = try await relay.open(data: ByteBuffer(repeating: 1, count: 2 << 20))
      }
      // A window of each leg: all of them have come to a halt, or soon will.
      try await relay.carried(UInt64(count) * 128 * 1_024)
      #expect(try await relay.echo(relay.worker))
      #expect(try await relay.echo(relay.agent))
      let (workerSeal, agentSeal) = (relay.stack.workerSeal, relay.stack.agentSeal)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let server = RelayServer(
            outer: relay.agent.connection, tls: TLSConfigurationSource { agentSeal },
            limits: TransportLimits(), tasks: ClientLoop().tasks)
          try await server.serve(RelayStack.agentRequest, handler: ClosureHandler.sending(20 << 20))
        }
        let dialer = RelayDialer(
          outer: relay.worker.connection, tls: TLSConfigurationSource { workerSeal },
          limits: TransportLimits(), tasks: ClientLoop().tasks)
        let received = try await dialer.withSealedChannel(RelayStack.workerRequest) {
          try await $0.count()
        }
        #expect(received == 20 << 20)
        try await group.waitForAll()
      }
    }
  }

  /// RST_STREAM(NO_ERROR) is a reset: what had not arrived by then will not.
  @Test func aLegThatIsResetWithoutAnErrorIsCutAllTheSame() async throws {
    try await RawRelay.run { relay in
      let legs = try await relay.open(data: ByteBuffer(repeating: 1, count: 100))
      try await relay.carried(100)
      relay.agent.connection.run { $0.reset(legs.agent.id, .noError) }
      let worker = await legs.worker.finished.wait()
      #expect(worker?.end == "reset 10")
      #expect(await relay.matchmaker.outcome()?.code == .reset)
    }
  }

  @Test func relaysOutliveTheAgeAndCallsDoNot() async throws {
    var limits = TransportLimits()
    limits.maximumConnectionAge = .seconds(3)
    limits.agedCallGrace = .milliseconds(300)
    try await RawRelay.run(limits) { relay in
      let legs = try await relay.open()
      // A request that never ends.
      let call = try await RawStream.begin(relay.worker, RawStream.call())
      let response = await call.finished.wait()
      #expect(response?["grpc-status"] == "14")
      // The connection has been draining for a while, and still carries the relay to its end.
      relay.agent.connection.run {
        $0.sendData(legs.agent.id, ByteBuffer(repeating: 2, count: 50_000), endStream: true)
      }
      relay.worker.connection.run { $0.sendData(legs.worker.id, ByteBuffer(), endStream: true) }
      let received = await legs.worker.finished.wait()
      #expect(received?.end == "finished")
      #expect(received?.data.count == 50_000)
      #expect(await relay.matchmaker.outcome() == nil)
    }
  }

  @Test func relaysAreCutInTheEnd() async throws {
    var limits = TransportLimits()
    limits.maximumConnectionAge = .seconds(3)
    limits.agedRelayGrace = .milliseconds(300)
    try await RawRelay.run(limits) { relay in
      let legs = try await relay.open()
      let end = await legs.worker.finished.wait()?.end
      #expect(end?.isEmpty == false)
      #expect(end != "finished")
      #expect(await relay.matchmaker.outcome() != nil)
    }
  }

  @Test func aRelayAboveTheStreamLimitMayBeTriedAgain() async throws {
    var limits = TransportLimits()
    limits.maximumConcurrentStreams = 1
    try await RawRelay.run(limits) { relay in
      // As many as are advertised; those above the cap are open until they are answered, so that
      // all have to be opened at once.
      let tls = relay.stack.workerSeal
      let error = try await relay.worker.connection.eventLoop.submit {
        () -> Outcome<Result<SealedConnection, any Error>> in
        guard let connection = relay.worker.connection.value else {
          throw TestFailure("no connection")
        }
        for _ in 0..<101 { _ = try RawStream.open(connection) }
        let outcome = Outcome<Result<SealedConnection, any Error>>()
        outcome.set(
          .success(
            SealedConnection.open(
              on: relay.worker.connection, RelayStack.workerRequest,
              tls: TLSConfigurationSource { tls }, role: .client, limits: TransportLimits())))
        return outcome
      }.get()
      let sealed = try #require(try error.current?.get())
      let refused = await #expect(throws: RelayError.self) { try await sealed.verifiedPeer() }
      #expect(refused?.refusal?.status == 503)
    }
  }

  @Test func aConnectThatIsNotAnsweredMayBeTriedAgain() async throws {
    struct Silent: ConnectHandler {
      func handle(_ leg: any RelayLeg) async { try? await Task.sleep(for: .seconds(600)) }
    }
    var stack = try RelayStack()
    stack.limits.relayAnswerTimeout = .milliseconds(200)
    try await stack.withGateway(Silent()) { [stack] _, port in
      try await stack.dialer(port: port, outer: stack.workerOuter, seal: stack.workerSeal)
        .withLink { link in
          let error = await #expect(throws: RelayError.self) {
            try await link.dialer?.withSealedChannel(RelayStack.workerRequest) { _ in }
          }
          #expect(error?.refusal?.status == 504)
        }
    }
  }

  @Test func aLinkSaysThatItsConnectionIsRetired() async throws {
    var stack = try RelayStack()
    stack.limits.maximumConnectionAge = .seconds(2)
    try await stack.withGateway(nil) { [stack] _, port in
      try await stack.dialer(port: port, outer: stack.workerOuter, seal: stack.workerSeal)
        .withLink { link in
          let retired = try #require(link.retired)
          await retired()
          #expect(!Task.isCancelled)
        }
    }
  }
}
