import NIOCore
import NIOPosix
import SallyportCore
import SallyportTLS

/// Makes client connections: TCP, TLS with the newest certificate, HTTP/2.
struct ClientConnector: Sendable {
  let endpoint: ServerEndpoint
  let tls: TLSConfigurationSource
  let limits: TransportLimits
  let loop: ClientLoop

  /// - Returns: The connection, once the server has accepted this side's certificate. Where the
  ///   task is cancelled meanwhile, the connection is closed.
  /// - Throws: ``ConnectionError``
  func connect(
    onClosed: @escaping @Sendable (ConnectionError) -> Void,
    onDraining: @escaping @Sendable () -> Void
  ) async throws -> ConnectedPeer {
    let ready = Outcome<Result<Void, ConnectionError>>()
    let peer = try await open { event in
      switch event {
      case .ready: ready.set(.success(()))
      case .draining: onDraining()
      case .closed(let error):
        ready.set(.failure(error))
        onClosed(error)
      }
    }
    guard let result = await ready.wait() else {
      let error = ConnectionError(code: .closedLocally, message: "connecting was cancelled")
      peer.connection.run { $0.close(error) }
      throw error
    }
    do {
      try result.get()
    } catch {
      throw ConnectionError(
        code: error.code, message: "cannot connect to \(endpoint.text): \(error.message)",
        cause: error.cause)
    }
    return peer
  }

  /// - Returns: The channel; where the task is cancelled first, it is closed as soon as it is there.
  private func connect(_ bootstrap: ClientBootstrap) async throws -> any Channel {
    let connected = Outcome<Result<any Channel, any Error>>()
    let future = bootstrap.connect(host: endpoint.host, port: endpoint.port)
    future.whenComplete { connected.set($0) }
    guard let result = await connected.wait() else {
      future.whenSuccess { $0.close(promise: nil) }
      throw ConnectionError(code: .closedLocally, message: "connecting was cancelled")
    }
    return try result.get()
  }

  private func open(
    _ onEvent: @escaping @Sendable (ClientConnection.Event) -> Void
  ) async throws -> ConnectedPeer {
    let context = try tls.context()
    let loop = self.loop.tasks.eventLoop
    let reference = LoopReference<SecureConnection>(eventLoop: loop)
    let bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(limits.handshakeTimeout))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.writeBufferWaterMark, value: .init(low: 256 * 1_024, high: 512 * 1_024))
      .channelOption(.recvAllocator, value: ReceiveSizes())
      // From the start, so that nothing that happens to the channel goes unnoticed.
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(SocketCarrier(channel: channel))
        }
      }
    do {
      let channel = try await connect(bootstrap)
      try await loop.submit {
        let carrier = try channel.pipeline.syncOperations.handler(type: SocketCarrier.self)
        let connection = SecureConnection(
          carrier: carrier, tls: try context.makeEngine(serverName: endpoint.serverName),
          configuration: .init(
            role: .client, limits: limits, timers: .init(limits)),
          delegate: ClientConnection(onEvent: onEvent))
        reference.value = connection
        carrier.setDelegate(connection)
      }.get()
      return ConnectedPeer(
        connection: reference, remotePeer: channel.remoteAddress?.grpcText ?? "unknown",
        localPeer: channel.localAddress?.grpcText ?? "unknown")
    } catch let error as ConnectionError {
      throw error
    } catch {
      throw ConnectionError(
        code: .connectFailed, message: "cannot connect to \(endpoint.text): \(error)", cause: error)
    }
  }
}
