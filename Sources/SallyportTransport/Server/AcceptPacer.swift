import NIOCore

/// Reads the listening socket only while the desk is open and has room: what comes meanwhile waits in
/// the kernel's queue. The first handler of the listening channel.
final class AcceptPacer: ChannelDuplexHandler {
  typealias InboundIn = NIOAny
  typealias OutboundIn = NIOAny

  /// Accepting fails where this process, or the host, has no descriptor left: how long to leave it.
  private static let pause: TimeAmount = .milliseconds(100)

  private let desk: AdmissionDesk
  private var isPaused = false

  init(desk: AdmissionDesk) { self.desk = desk }

  func read(context: ChannelHandlerContext) {
    guard !isPaused else { return }
    let (loop, reference) = (context.eventLoop, NIOLoopBound(context, eventLoop: context.eventLoop))
    let mayAccept = desk.mayAccept {
      loop.execute { reference.value.channel.read() }
    }
    if mayAccept { context.read() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is IOError else { return context.fireErrorCaught(error) }
    guard !isPaused else { return }
    isPaused = true
    // Without this the socket, which stays readable, would be tried again at once.
    let options = context.channel.syncOptions
    try? options?.setOption(.autoRead, value: false)
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { [self] in
      isPaused = false
      try? options?.setOption(.autoRead, value: true)
    }
  }
}
