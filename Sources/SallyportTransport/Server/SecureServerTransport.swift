package import GRPCCore
package import Logging
package import NIOCore
import NIOPosix
package import SallyportCore
package import SallyportRelay

/// One listener: gRPC, and CONNECT relays where it has a handler for them, over mutual TLS.
///
/// ```swift
/// let transport = SecureServerTransport(host: "0.0.0.0", port: 7443, tls: provider)
/// let server = GRPCServer(transport: transport, services: services)
/// try await server.serve()
/// ```
///
/// What is known of a call's peer is in `context.callContext`.
package final class SecureServerTransport: ServerTransport {
  package typealias Bytes = TransportBytes

  private let makeSocket: @Sendable () throws -> ListeningSocket
  private let group: any EventLoopGroup
  private let listener: Listener
  private let bound = Outcome<Result<Bound, any Error>>()
  private let shutdown = Outcome<Void>()

  private struct Bound: Sendable {
    let socket: ListeningSocket
    let channel: any Channel
  }

  /// Binds a socket of its own.
  ///
  /// - Parameter port: 0 for any free one; see ``listeningAddress``.
  package convenience init(
    host: String, port: Int, tls: @escaping TLSConfigurationProvider,
    limits: TransportLimits = TransportLimits(), connectHandler: (any ConnectHandler)? = nil,
    onRefusedPeer: @escaping @Sendable (_ remote: String, _ reason: String) -> Void = { _, _ in },
    loops: ServerLoops = .shared,
    metrics: ListenerMetrics = ListenerMetrics(),
    logger: Logger = Logger(label: "sallyport.transport")
  ) {
    self.init(
      makeSocket: { try ListeningSocket(host: host, port: port) }, isAccepting: true, tls: tls,
      limits: limits, connectHandler: connectHandler, onRefusedPeer: onRefusedPeer,
      loops: loops, metrics: metrics, logger: logger)
  }

  /// - Parameters:
  ///   - socket: Closed when the transport stops to listen.
  ///   - isAccepting: False where another process has the socket as well and accepts until
  ///     ``startAccepting()`` is called.
  ///   - tls: Asked for every new connection.
  ///   - onRefusedPeer: Told of each peer whose handshake failed, on its event loop: its address and
  ///     why. Must not block.
  ///   - connectHandler: Nil where the listener carries no relays: a CONNECT is answered 405.
  package convenience init(
    socket: ListeningSocket, isAccepting: Bool = true, tls: @escaping TLSConfigurationProvider,
    limits: TransportLimits = TransportLimits(), connectHandler: (any ConnectHandler)? = nil,
    onRefusedPeer: @escaping @Sendable (_ remote: String, _ reason: String) -> Void = { _, _ in },
    loops: ServerLoops = .shared,
    metrics: ListenerMetrics = ListenerMetrics(),
    logger: Logger = Logger(label: "sallyport.transport")
  ) {
    self.init(
      makeSocket: { socket }, isAccepting: isAccepting, tls: tls, limits: limits,
      connectHandler: connectHandler, onRefusedPeer: onRefusedPeer, loops: loops, metrics: metrics,
      logger: logger)
  }

  private init(
    makeSocket: @escaping @Sendable () throws -> ListeningSocket, isAccepting: Bool,
    tls: @escaping TLSConfigurationProvider, limits: TransportLimits,
    connectHandler: (any ConnectHandler)?,
    onRefusedPeer: @escaping @Sendable (_ remote: String, _ reason: String) -> Void,
    loops: ServerLoops, metrics: ListenerMetrics, logger: Logger
  ) {
    self.makeSocket = makeSocket
    self.group = loops.group
    self.listener = Listener(
      limits: limits, tls: TLSConfigurationSource(tls), connectHandler: connectHandler,
      onRefusedPeer: onRefusedPeer, metrics: metrics, loops: loops, isAccepting: isAccepting,
      logger: logger)
  }

  /// For revocation.
  package var liveConnections: any LiveConnections { listener.registry }

  /// The bound address, once ``listen(streamHandler:)`` has bound it.
  /// - Throws: Why it could not be bound, or `CancellationError`.
  package var listeningAddress: SocketAddress {
    get async throws {
      guard let bound = await bound.wait() else { throw CancellationError() }
      return try bound.get().socket.address
    }
  }

  package func listen(
    streamHandler:
      @escaping @Sendable @concurrent (RPCStream<Inbound, Outbound>, ServerContext) async -> Void
  ) async throws {
    try await bind()
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        group.addTask { await self.run() }
        for work in self.listener.work {
          group.addTask(executorPreference: work.executor) {
            await self.perform(work, streamHandler)
          }
        }
      }
    } onCancel: {
      self.closeConnections()
    }
  }

  package func beginGracefulShutdown() { shutdown.set(()) }

  /// Accepts connections from now on, where it was made not to.
  package func startAccepting() { listener.desk.open() }

  /// Accepts none from now on, and leaves the socket open: what comes waits in the kernel's queue for
  /// another process that has it. Returns once that is so.
  ///
  /// Two processes must not read one listening socket: of two that hear of a connection one finds
  /// none, which SwiftNIO takes for a mistake of its own and, in debug builds, ends the process for.
  package func stopAccepting() async {
    listener.desk.shut()
    guard case .success(let bound) = await bound.wait() else { return }
    try? await bound.channel.setOption(.autoRead, value: false).get()
  }

  /// Accepts nothing more and closes the socket; connections go on as they are. Returns once that
  /// is done. For a process whose successor has the same socket: what comes from now on is its.
  package func stopListening() async {
    guard case .success(let bound) = await bound.wait() else { return }
    await stopAccepting()
    // A connection that has been accepted goes from this socket's loop to its own, in one step or
    // as the bootstrap has it; until it is there it would be closed with the socket.
    for _ in 0..<Self.loopsOfAnAccept {
      for loop in group.makeIterator() { try? await loop.submit {}.get() }
    }
    try? await bound.channel.close().get()
    bound.socket.close()
  }

  // MARK: The listening socket

  private static let loopsOfAnAccept = 3

  /// Connections that are accepted before it is looked again whether there is room.
  private static let acceptsPerRead: UInt = 16

  private func bind() async throws {
    let listener = listener
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.maxMessagesPerRead, value: Self.acceptsPerRead)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(AcceptPacer(desk: listener.desk))
          try pipeline.addHandler(ArrivalStarter { try Self.prepare($0, for: listener) })
        }
      }
    do {
      // A bad configuration is found here rather than by the first connection.
      _ = try listener.tls.context()
      let socket = try makeSocket()
      let channel = try await bootstrap.withBoundSocket(socket.duplicate()).get()
      // NIO has set the backlog to its own default.
      try socket.listen()
      bound.set(.success(Bound(socket: socket, channel: channel)))
    } catch {
      bound.set(.failure(error))
      throw error
    }
  }

  /// On the channel's loop. The bootstrap's own options are futures, one behind the other.
  private static func prepare(_ channel: any Channel, for listener: Listener) throws {
    guard let options = channel.syncOptions else { throw ChannelError.operationUnsupported }
    try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
    try options.setOption(.autoRead, value: false)
    try options.setOption(.allowRemoteHalfClosure, value: true)
    try options.setOption(
      .writeBufferWaterMark, value: .init(low: 256 * 1_024, high: 512 * 1_024))
    try options.setOption(.recvAllocator, value: ReceiveSizes())
    try channel.pipeline.syncOperations.addHandler(ArrivalHandler(listener))
  }

  /// Waits for the shutdown, and ends the work when the last connection is gone.
  private func run() async {
    if await shutdown.wait() != nil {
      await stopListening()
      let deadline = NIODeadline.now() + TimeAmount(listener.limits.shutdownGrace)
      for connection in listener.registry.shutDown(until: deadline) {
        connection.run { $0.drain(grace: deadline - .now()) }
      }
      listener.registry.stoppedListening()
    }
    _ = await listener.registry.ended.wait()
    listener.finishWork()
  }

  private func closeConnections() {
    if case .success(let bound) = bound.current {
      bound.channel.close(promise: nil)
      bound.socket.close()
    }
    listener.desk.close()
    for connection in listener.registry.shutDown(until: .now()) {
      connection.run {
        $0.close(ConnectionError(code: .closedLocally, message: "the listener was stopped"))
      }
    }
    listener.registry.stoppedListening()
    listener.finishWork()
  }

  // MARK: Work

  /// On the executor of that work, which the handlers run on as well.
  private func perform(
    _ work: LoopWork,
    _ streamHandler:
      @escaping @Sendable @concurrent (RPCStream<Inbound, Outbound>, ServerContext) async -> Void
  ) async {
    await withDiscardingTaskGroup { group in
      while let item = await work.next() {
        // At once, as far as it goes without waiting: where the loop carries relays, a task that is to
        // begin waits for a thread of the pool.
        group.addImmediateTask {
          if case .relay = item { work.executor.relayBegan() }
          await self.perform(item, of: work, streamHandler)
          if case .relay = item { work.executor.relayEnded() }
        }
      }
    }
  }

  private func perform(
    _ item: ServerWork, of work: LoopWork,
    _ streamHandler:
      @Sendable @concurrent (RPCStream<Inbound, Outbound>, ServerContext) async -> Void
  ) async {
    switch item {
    case .call(let call, let info):
      await withServerContextRPCCancellationHandle { handle in
        call.attach(handle)
        var context = ServerContext(
          descriptor: call.descriptor, remotePeer: info.remotePeer, localPeer: info.localPeer,
          cancellation: handle)
        context.transportSpecific = CallContext(
          connection: info.context,
          call: HostedCall(call: call, work: work, calls: info.calls))
        await streamHandler(call.rpcStream, context)
      }
      if !call.handlerReturned() {
        info.calls.end()
        work.callEnded()
      }
    case .errand(let body): await body()
    case .relay(let leg, let info):
      defer { info.calls.end() }
      guard let handler = listener.connectHandler else { return }
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await handler.handle(leg) }
        group.addTask { _ = await leg.lost.wait() }
        await group.next()
        group.cancelAll()
      }
      leg.refuse(RelayRefusal(status: 500, reason: "the gateway did not decide about this relay"))
    }
  }
}
