import NIOCore
import NIOHTTP1

/// Ends a connection that sends more than a request to the health endpoint can have.
final class RequestSizeGate: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// Bytes of one connection: its one request.
  static let maximum = 16 * 1_024

  private var received = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let wasWithin = received <= Self.maximum
    received += unwrapInboundIn(data).readableBytes
    if received <= Self.maximum {
      context.fireChannelRead(data)
    } else if wasWithin {
      // Answered 400 by the handler of protocol errors, which then closes.
      context.fireErrorCaught(HTTPParserError.headerOverflow)
    }
  }
}
