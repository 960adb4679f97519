import NIOCore
import NIOPosix
import Synchronization

/// A TCP proxy that can fall silent without closing anything: a half-open connection.
final class FreezingProxy: Sendable {
  let port: Int
  private let channel: any Channel
  private let group: MultiThreadedEventLoopGroup
  private let isFrozen: Flag

  final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool {
      get { value.load(ordering: .acquiring) }
      set { value.store(newValue, ordering: .releasing) }
    }
  }

  init(to port: Int) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let isFrozen = Flag()
    channel = try await ServerBootstrap(group: group)
      .childChannelInitializer { channel in
        ClientBootstrap(group: channel.eventLoop)
          .connect(host: "127.0.0.1", port: port)
          .flatMapThrowing { other in
            try channel.pipeline.syncOperations.addHandler(Forward(to: other, isFrozen))
            try other.pipeline.syncOperations.addHandler(Forward(to: channel, isFrozen))
          }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    self.group = group
    self.isFrozen = isFrozen
    self.port = channel.localAddress?.port ?? 0
  }

  func freeze() { isFrozen.isSet = true }

  func stop() async throws {
    try await channel.close()
    try await group.shutdownGracefully()
  }

  private final class Forward: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let other: any Channel
    private let isFrozen: Flag

    init(to other: any Channel, _ isFrozen: Flag) {
      self.other = other
      self.isFrozen = isFrozen
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if !isFrozen.isSet { other.writeAndFlush(unwrapInboundIn(data), promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
      if !isFrozen.isSet { other.close(promise: nil) }
    }
  }
}
