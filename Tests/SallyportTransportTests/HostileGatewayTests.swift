import HTTPTypes
import NIOCore
import SallyportCore
import SallyportRelay
import SallyportTLS
import SallyportTransportTestSupport
import Testing

@testable import SallyportTransport

/// Whatever the gateway does with the bytes of a relay, the worker gets an error and never a part
/// of a response that looks whole.
@Suite(.timeLimit(.minutes(1)))
struct HostileGatewayTests {
  /// Bytes from the agent after which its handshake is over and a long response is under way.
  private static let inResponse = 100_000

  private func fetch(
    _ act: @escaping @Sendable (Int, ByteBuffer) -> HostileGateway.Act
  ) async throws -> (worker: RelayError?, agent: RelayError?) {
    let stack = try RelayStack()
    let gateway = try await HostileGateway(stack.gateway, act: act)
    let agent = Task {
      await #expect(throws: RelayError.self) {
        try await stack.dialer(
          port: gateway.port, outer: stack.agentOuter, seal: stack.agentSeal
        ).withLink { link in
          try await link.server?.serve(
            RelayStack.agentRequest, handler: ClosureHandler.sending(1 << 20))
        }
      }
    }
    let worker = await #expect(throws: RelayError.self) {
      try await stack.dialer(
        port: gateway.port, outer: stack.workerOuter, seal: stack.workerSeal
      ).withLink { link in
        try await link.dialer?.withSealedChannel(RelayStack.workerRequest) { channel in
          _ = try await channel.count()
        }
      }
    }
    let errors = (worker, await agent.value)
    try await gateway.stop()
    return errors
  }

  @Test(arguments: [200, 2_000, Self.inResponse])
  func aChangedByteBreaksTheSeal(position: Int) async throws {
    let errors = try await fetch { at, data in
      guard (at..<at + data.readableBytes).contains(position) else { return .pass(data) }
      var changed = data
      let index = changed.readerIndex + position - at
      let byte: UInt8 = changed.getInteger(at: index) ?? 0
      changed.setInteger(byte ^ 1, at: index)
      return .pass(changed)
    }
    #expect(errors.worker?.code == .sealFailed)
    #expect(errors.agent?.code == .sealFailed)
  }

  @Test func repeatedBytesBreakTheSeal() async throws {
    let errors = try await fetch { at, data in
      guard at > Self.inResponse else { return .pass(data) }
      var twice = data
      twice.writeImmutableBuffer(data)
      return .pass(twice)
    }
    #expect(errors.worker?.code == .sealFailed)
    #expect(errors.agent?.code == .sealFailed)
  }

  @Test(arguments: [0, Self.inResponse])
  func anEarlyEndIsATruncation(position: Int) async throws {
    let errors = try await fetch { at, data in
      at >= position ? .passAndEnd(data) : .pass(data)
    }
    #expect(
      errors.worker?.code == .truncated || (position == 0 && errors.worker?.code == .sealFailed))
    #expect(errors.agent != nil)
  }

  @Test func aResetIsAReset() async throws {
    let errors = try await fetch { at, data in
      at > Self.inResponse ? .reset : .pass(data)
    }
    #expect(errors.worker?.code == .reset)
    #expect(errors.agent?.code == .reset)
  }
}
