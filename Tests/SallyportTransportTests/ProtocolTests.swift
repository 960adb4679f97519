import GRPCCore
import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportTransportTestSupport
import Testing

@testable import SallyportTransport

/// Requests that no gRPC library sends.
@Suite(.timeLimit(.minutes(1)))
struct ProtocolTests {
  private func withPeer(
    _ service: TestService = .echoing, limits: TransportLimits = TransportLimits(),
    _ body: @escaping @Sendable (ConnectedPeer) async throws -> Void
  ) async throws {
    let identities = try TestIdentities()
    try await withServer(service, identities: identities, limits: limits) { _, port in
      let peer = try await identities.connect(port: port)
      try await body(peer)
      peer.connection.run {
        $0.close(ConnectionError(code: .closedLocally, message: "the test is over"))
      }
    }
  }

  @Test func requestsThatAreNotGRPC() async throws {
    try await withPeer { peer in
      func status(_ changes: [String: String?]) async throws -> String? {
        try await RawStream.exchange(peer, RawStream.call(changes))[":status"]
      }
      #expect(try await status([":method": "GET"]) == "405")
      #expect(try await status(["content-type": "text/plain"]) == "415")
      #expect(try await status(["content-type": nil]) == "415")
      let path = try await RawStream.exchange(peer, RawStream.call([":path": "/x"]))
      #expect(path[":status"] == "200" && path["grpc-status"] == "12")
      let gzip = try await RawStream.exchange(peer, RawStream.call(["grpc-encoding": "gzip"]))
      #expect(gzip["grpc-status"] == "12" && gzip["grpc-accept-encoding"] == "identity")
      let good = try await RawStream.exchange(peer, RawStream.call(), data: [0, 0, 0, 0, 1, 9])
      #expect(good.data == [0, 0, 0, 0, 1, 9] && good["grpc-status"] == "0")
    }
  }

  @Test(arguments: [
    ([UInt8]([0, 0xFF, 0xFF, 0xFF, 0xFF]), "8"), ([0, 0, 0x40, 0, 1], "8"),
    ([1, 0, 0, 0, 0], "13"), ([2], "13"), ([255, 0, 0, 0, 1, 0], "13"),
    ([0, 0, 0, 0, 5, 1, 2], "13"), ([0, 0], "13"),
  ])
  func badFrames(data: [UInt8], status: String) async throws {
    try await withPeer { peer in
      let response = try await RawStream.exchange(peer, RawStream.call(), data: data)
      #expect(response["grpc-status"] == status)
    }
  }

  /// A prefix and then silence: the deadline ends it, not the sender.
  @Test func aMessageThatNeverComes() async throws {
    try await withPeer { peer in
      let response = try await RawStream.exchange(
        peer, RawStream.call(["grpc-timeout": "100m"]), data: [0, 0, 0x40, 0, 0],
        endStream: false)
      #expect(response["grpc-status"] == "4")
      // The answer is complete, the request never will be (RFC 9113, section 8.1).
      #expect(response.end == "reset 0")
    }
  }

  @Test func streamsAboveTheCapAreRefusedAndCostNothingElse() async throws {
    var limits = TransportLimits()
    limits.maximumConcurrentStreams = 2
    let (started, start) = AsyncStream<Void>.makeStream()
    let (release, go) = AsyncStream<Void>.makeStream()
    let service = TestService(methods: [
      "Hang": { _, _ in
        start.yield()
        for await _ in release { break }
        return StreamingServerResponse { _ in [:] }
      }
    ])
    try await withPeer(service, limits: limits) { peer in
      let call = RawStream.call([":path": "/test.Echo/Hang"])
      try await withThrowingTaskGroup(of: RawStream.Response.self) { group in
        for _ in 0..<2 { group.addTask { try await RawStream.exchange(peer, call) } }
        var running = 0
        for await _ in started {
          running += 1
          if running == 2 { break }
        }
        let third = try await RawStream.exchange(peer, call)
        #expect(third["grpc-status"] == "8")
        go.yield()
        go.yield()
        for try await response in group { #expect(response["grpc-status"] == "0") }
      }
      let again = try await RawStream.exchange(peer, RawStream.call())
      #expect(again["grpc-status"] == "12")
    }
  }

  @Test func openingAndResettingEndsTheConnection() async throws {
    let identities = try TestIdentities()
    try await withServer(identities: identities) { _, port in
      let closed = Outcome<ConnectionError>()
      let peer = try await identities.connect(port: port) { closed.set($0) }
      for _ in 0..<50 where closed.current == nil {
        let opened = try await peer.connection.eventLoop.submit {
          guard let connection = peer.connection.value else { return [HTTP2StreamID]() }
          return (0..<50).compactMap { _ in try? RawStream.open(connection) }
        }.get()
        // A round trip, so that the server sees them.
        _ = try? await RawStream.exchange(peer, RawStream.call())
        peer.connection.run { connection in
          for id in opened { connection.reset(id, .cancel) }
        }
      }
      let error = await closed.wait()
      #expect(error?.message.contains("HTTP/2 error 11") == true)
      // Others are served as before.
      try await withClient(port: port, tls: identities.clientTLS) { client in
        try await client.expectEcho()
      }
    }
  }
}
