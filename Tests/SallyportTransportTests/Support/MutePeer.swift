import NIOCore
import NIOPosix
import SallyportTLS

/// The far end of a connection that completes the TLS handshake, sends the bytes it was given and
/// then takes no notice of anything.
final class MutePeer: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  static let emptySettings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + emptySettings

  private let tls: TLSEngine
  private let words: [UInt8]
  private var isSecured = false

  init(_ tls: TLSEngine, saying words: [UInt8]) {
    self.tls = tls
    self.words = words
  }

  /// - Returns: The channel, connected.
  static func connect(
    port: Int, _ configuration: TLSConfiguration, saying words: [UInt8] = preface
  ) async throws -> any Channel {
    let context = try TLSContext(configuration)
    return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            MutePeer(try context.makeEngine(serverName: "gateway.test"), saying: words))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
  }

  /// - Returns: The listening channel.
  static func listen(
    _ configuration: TLSConfiguration, saying words: [UInt8] = emptySettings
  ) async throws -> any Channel {
    let context = try TLSContext(configuration)
    return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            MutePeer(try context.makeEngine(serverName: nil), saying: words))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  func channelActive(context: ChannelHandlerContext) { advance(context) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isSecured else { return }
    tls.receive(unwrapInboundIn(data))
    advance(context)
  }

  private func advance(_ context: ChannelHandlerContext) {
    if (try? tls.handshake()) == .complete {
      isSecured = true
      try? tls.write(ByteBuffer(bytes: words))
    }
    if let bytes = tls.takeOutbound() {
      context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }
  }
}
