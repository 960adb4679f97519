import NIOCore

/// Hands each accepted connection to its event loop in one step. Of the listening channel.
///
/// The bootstrap has a connection prepared on its own loop, comes back to the socket's loop to hear of
/// it, and goes there again to have it registered: two threads are woken in vain, for which a handshake
/// waits. A loop does what it is given in order, so that both can be sent at once.
final class ArrivalStarter: ChannelInboundHandler {
  typealias InboundIn = any Channel

  /// What `ServerBootstrap` calls the handler that does it its way.
  private static let bootstrapsHandler = "AcceptHandler"

  private let prepare: @Sendable (any Channel) throws -> Void

  /// - Parameter prepare: Called on the connection's loop, before it is registered.
  init(prepare: @escaping @Sendable (any Channel) throws -> Void) { self.prepare = prepare }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let accepted = unwrapInboundIn(data)
    accepted.eventLoop.execute { [prepare] in
      do { try prepare(accepted) } catch { accepted.close(promise: nil) }
    }
    // Were it called otherwise one day, it would only do what it does for nothing.
    let behind = try? context.pipeline.syncOperations.context(name: Self.bootstrapsHandler)
    (behind ?? context).fireChannelRead(data)
  }
}
