import NIOCore

/// Stands for a connection at the desk from the moment at which it is one until its handshake may
/// begin. A peer that gives up meanwhile costs no handshake: its end is noticed although nothing is
/// read for anybody.
final class ArrivalHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let listener: Listener
  private var arrival: AdmissionDesk.Arrival?
  private var hasLeft = false

  init(_ listener: Listener) { self.listener = listener }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    let reference = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    arrival = listener.accept(context.channel) {
      let (handler, context) = reference.value
      handler.arrival = nil
      context.pipeline.syncOperations.removeHandler(handler, promise: nil)
      return !handler.hasLeft
    }
  }

  /// What a peer has sent before it gave up.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if arrival == nil { context.fireChannelRead(data) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent { giveUp() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    giveUp()
    context.fireChannelInactive()
  }

  private func giveUp() {
    guard let arrival else { return }
    hasLeft = true
    listener.desk.gone(arrival)
  }
}
