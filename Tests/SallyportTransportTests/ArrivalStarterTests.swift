import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import SallyportTransport

@Suite(.timeLimit(.minutes(1)))
struct ArrivalStarterTests {
  private struct Refusal: Error {}

  /// What a connection came to on its loop, with the client's end of it.
  private struct Arrival {
    let prepared: (isOnItsLoop: Bool, isRegistered: Bool)
    let client: any Channel
  }

  /// Accepts one connection on one loop for another.
  private func withArrival(
    failing: Bool = false, _ body: (Arrival) async throws -> Void
  ) async throws {
    let (sockets, connections) = (
      MultiThreadedEventLoopGroup(numberOfThreads: 1),
      MultiThreadedEventLoopGroup(numberOfThreads: 1)
    )
    let (prepared, source) = AsyncStream<(Bool, Bool)>.makeStream()
    let server = try await ServerBootstrap(group: sockets, childGroup: connections)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            ArrivalStarter { accepted in
              source.yield((accepted.eventLoop.inEventLoop, accepted.isActive))
              if failing { throw Refusal() }
            })
        }
      }
      .childChannelInitializer { channel in
        Issue.record("the bootstrap prepared the connection as well")
        return channel.eventLoop.makeSucceededVoidFuture()
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let address = try #require(server.localAddress)
    let client = try await ClientBootstrap(group: sockets).connect(to: address).get()
    var iterator = prepared.makeAsyncIterator()
    let (isOnItsLoop, isRegistered) = try #require(await iterator.next())
    try await body(Arrival(prepared: (isOnItsLoop, isRegistered), client: client))
    try? await client.close().get()
    try await server.close().get()
    try await connections.shutdownGracefully()
    try await sockets.shutdownGracefully()
  }

  @Test("a connection is prepared on its loop before it is registered, past the bootstrap's way")
  func prepared() async throws {
    try await withArrival { arrival in
      #expect(arrival.prepared.isOnItsLoop)
      #expect(!arrival.prepared.isRegistered)
      #expect(arrival.client.isActive)
    }
  }

  @Test("one that cannot be prepared is closed")
  func refused() async throws {
    try await withArrival(failing: true) { try await $0.client.closeFuture.get() }
  }
}
