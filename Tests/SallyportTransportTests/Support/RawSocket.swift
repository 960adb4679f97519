import NIOCore
import NIOPosix

/// A TCP connection that says what a test tells it to, and notes when it is closed.
final class RawSocket: Sendable {
  private let channel: any Channel

  init(port: Int) async throws {
    channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: false)
      .connect(host: "127.0.0.1", port: port).get()
  }

  func send(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
  }

  /// Says that nothing more will come.
  func closeOutput() async throws { try await channel.close(mode: .output) }

  /// Returns when the peer has closed the connection.
  func closed() async throws { try await channel.closeFuture.get() }

  func close() async throws { try await channel.close() }
}
