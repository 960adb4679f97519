import NIOCore

/// Sends a connection to the desk as soon as it is one; then it is out of the way.
final class ArrivalHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let listener: Listener

  init(_ listener: Listener) { self.listener = listener }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    listener.accept(context.channel)
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }
}
