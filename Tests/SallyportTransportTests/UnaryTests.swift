import GRPCCore
import SallyportCore
import SallyportRelay
import SallyportTransportTestSupport
import Testing

@testable import SallyportTransport

@Suite(.timeLimit(.minutes(1)))
struct UnaryTests {
  @Test func aMessageComesBack() async throws {
    try await withStack { client in
      let reply = try await client.echo([1, 2, 3])
      #expect(reply == [1, 2, 3])
    }
  }

  @Test(arguments: [0, 1, 4_091, 4_096, 16_384, 65_536, 1 << 20, 4 << 20])
  func messagesOfAnySizeUpToTheLimit(size: Int) async throws {
    try await withStack { client in
      let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let reply = try await client.echo(message)
      #expect(reply == message)
    }
  }

  @Test func whatCannotBeSentIsSaidAndLeavesTheStatus() async throws {
    let long = Metadata(
      dictionaryLiteral: ("x-long", .string(String(repeating: "x", count: 70_000))))
    let service = TestService(methods: [
      "Echo": TestService.echo,
      "Early": { _, _ in throw RPCError(code: .notFound, message: "", metadata: long) },
      "Late": { _, _ in
        StreamingServerResponse { writer in
          try await writer.write([1])
          throw RPCError(code: .aborted, message: "", metadata: long)
        }
      },
    ])
    try await withStack(service) { client in
      for (method, code) in [("Early", RPCError.Code.notFound), ("Late", .aborted)] {
        let error = await #expect(throws: RPCError.self) {
          try await client.echo([1], method: method)
        }
        #expect(error?.code == code)
      }
      let request = await #expect(throws: RPCError.self) {
        try await client.echo([1], metadata: long)
      }
      #expect(request?.code == .internalError)
      #expect(request?.message.contains("larger than") == true)
      try await client.expectEcho()
    }
  }

  @Test func manyCallsAtOnce() async throws {
    try await withStack { client in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<200 {
          group.addTask {
            let message = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: index * 97)
            return try await client.echo(message) == message
          }
        }
        for try await isSame in group { #expect(isSame) }
      }
    }
  }

  @Test func theHandlerSeesThePeer() async throws {
    let service = TestService(methods: [
      "Who": { _, context in
        let peer = context.callContext?.connection
        let name = peer?.peer?.spiffeID.uri ?? "nobody"
        return StreamingServerResponse { writer in
          try await writer.write(Array("\(name) \(context.remotePeer)".utf8))
          return [:]
        }
      }
    ])
    try await withStack(service) { client in
      let reply = String(decoding: try await client.echo([], method: "Who"), as: UTF8.self)
      #expect(reply.hasPrefix("spiffe://outer.test/worker/1 ipv4:127.0.0.1:"))
    }
  }

  @Test func anUnknownMethodIsUnimplemented() async throws {
    try await withStack { client in
      let error = await #expect(throws: RPCError.self) {
        try await client.echo([], method: "Nothing")
      }
      #expect(error?.code == .unimplemented)
    }
  }

  @Test func aMessageAboveTheLimitIsRefused() async throws {
    var limits = TransportLimits()
    limits.maximumMessageSize = 1_000
    try await withStack(limits: limits) { client in
      let error = await #expect(throws: RPCError.self) {
        try await client.echo([UInt8](repeating: 7, count: 1_001))
      }
      #expect(error?.code == .resourceExhausted)
      let reply = try await client.echo([UInt8](repeating: 7, count: 1_000))
      #expect(reply.count == 1_000)
    }
  }
}
