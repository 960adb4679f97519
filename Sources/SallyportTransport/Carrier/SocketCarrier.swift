import NIOCore

/// A TCP connection as a carrier: the only handler of its channel, from its beginning to its end.
final class SocketCarrier: ChannelInboundHandler, Carrier {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// After the last byte, how long to wait for the peer to close, so that it can read that byte:
  /// closing with unread input would send a TCP reset, which overtakes it.
  private static let lingerTime: TimeAmount = .seconds(1)
  /// How long the peer may take to read what is left.
  private static let lastBytesTime: TimeAmount = .seconds(30)

  private enum State { case open, lingering, closed }

  let eventLoop: any EventLoop
  private let channel: any Channel
  private var delegate: (any CarrierDelegate)?
  private var context: ChannelHandlerContext?
  private var state = State.open
  private var linger: Scheduled<Void>?
  private var isInputEnded = false
  /// The first buffer that was read into; see ``ReceiveSizes``.
  private var firstBuffer: ByteBuffer?
  private var hasRead = false
  private var holdsReceiveBuffers = false

  init(channel: any Channel) {
    self.channel = channel
    self.eventLoop = channel.eventLoop
  }

  /// Before the channel is active, or later: what happened meanwhile is made up for.
  func setDelegate(_ delegate: any CarrierDelegate) {
    guard state == .open else { return delegate.carrierClosed(nil) }
    self.delegate = delegate
    guard let context, context.channel.isActive else { return }
    delegate.carrierIsReady()
    if isInputEnded { self.delegate?.carrierInputEnded() }
  }

  // MARK: Carrier

  var isWritable: Bool { state == .open && channel.isWritable }

  func write(_ bytes: ByteBuffer) {
    guard state == .open else { return }
    context?.write(wrapOutboundOut(bytes), promise: nil)
  }

  func flush() { context?.flush() }

  func closeOutput() {
    guard state == .open, let context else { return }
    state = .lingering
    delegate = nil
    context.flush()
    let channel = channel
    linger = eventLoop.scheduleTask(in: Self.lastBytesTime) { channel.close(promise: nil) }
    channel.close(mode: .output).assumeIsolated().whenComplete { [self] result in
      guard state == .lingering, case .success = result else {
        return channel.close(promise: nil)
      }
      linger?.cancel()
      linger = eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
    }
  }

  func abort() {
    guard state != .closed else { return }
    delegate = nil
    channel.close(promise: nil)
  }

  // MARK: ChannelInboundHandler

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { delegate?.carrierIsReady() }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    end()
  }

  func channelActive(context: ChannelHandlerContext) { delegate?.carrierIsReady() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if let delegate {
      let bytes = unwrapInboundIn(data)
      if firstBuffer == nil { firstBuffer = bytes }
      delegate.carrierReceived(bytes)
    } else if state == .open {
      // A server that speaks before its client does not speak TLS.
      channel.close(promise: nil)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    hasRead = true
    if !holdsReceiveBuffers {
      holdsReceiveBuffers = true
      IdleReaders.current.add(self)
    }
    delegate?.carrierReadCompleted()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { delegate?.carrierBecameWritable() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return }
    isInputEnded = true
    if state == .lingering {
      channel.close(promise: nil)
    } else {
      delegate?.carrierInputEnded()
    }
  }

  // MARK: Receive buffers

  /// Whether anything has been read since this was last asked.
  func hasReadLately() -> Bool {
    defer { hasRead = false }
    return hasRead && state != .closed
  }

  /// Takes from the channel what it keeps to read into, as far as it can be taken: to allow less is
  /// what makes it let go of more.
  func releaseReceiveBuffers() {
    holdsReceiveBuffers = false
    guard state != .closed, let options = channel.syncOptions,
      let reads = try? options.getOption(.maxMessagesPerRead), reads > 1
    else { return }
    try? options.setOption(.maxMessagesPerRead, value: 1)
    try? options.setOption(.maxMessagesPerRead, value: reads)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let delegate = delegate
    abort()
    delegate?.carrierClosed(ConnectionError(error))
  }

  func channelInactive(context: ChannelHandlerContext) { end() }

  private func end() {
    state = .closed
    linger?.cancel()
    linger = nil
    let delegate = delegate
    self.delegate = nil
    delegate?.carrierClosed(nil)
  }
}
