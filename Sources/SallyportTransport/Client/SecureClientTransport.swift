package import GRPCCore
import NIOCore
package import SallyportCore
import Synchronization

/// gRPC calls over one connection.
///
/// The connection is made once, by ``connect()``; calls that come earlier wait for it. Where it
/// cannot be made, or is lost, every call fails with `UNAVAILABLE` and says why, and ``connect()``
/// goes on until ``beginGracefulShutdown()`` or cancellation: connecting again is the caller's
/// work, with a new transport.
package final class SecureClientTransport: ClientTransport {
  package typealias Bytes = TransportBytes

  package let retryThrottle: RetryThrottle? = nil

  private let connector: ClientConnector
  private let state = Mutex(ClientTransportState())
  /// Set when nothing is left to do for ``connect()``.
  private let ended = Outcome<Void>()
  /// Set when the server has announced the end of the connection.
  private let retired = Outcome<Void>()

  /// - Parameters:
  ///   - tls: Client role. Without certificates for the enroll listener, with the worker's,
  ///     agent's or operator's otherwise.
  package init(
    endpoint: ServerEndpoint, tls: @escaping TLSConfigurationProvider,
    limits: TransportLimits = TransportLimits(),
    loop: ClientLoop = ClientLoop()
  ) {
    self.connector = ClientConnector(
      endpoint: endpoint, tls: TLSConfigurationSource(tls), limits: limits, loop: loop)
  }

  init(connector: ClientConnector) { self.connector = connector }

  package func config(forMethod descriptor: MethodDescriptor) -> MethodConfig? { nil }

  package func connect() async throws {
    guard state.withLock({ $0.beginConnecting() }) else {
      throw RPCError(
        code: .failedPrecondition, message: "a transport connects once; make a new one")
    }
    await withTaskCancellationHandler {
      await establish()
      _ = await ended.wait()
    } onCancel: {
      stop()
    }
  }

  private func establish() async {
    do {
      let peer = try await connector.connect(
        onClosed: { [weak self] error in self?.closed(error) },
        onDraining: { [weak self] in self?.draining() })
      let waiters = state.withLock { $0.connected(peer) }
      if let waiters {
        for waiter in waiters { waiter.resume(returning: peer) }
      } else {
        peer.connection.run {
          $0.close(ConnectionError(code: .closedLocally, message: "the transport was shut down"))
        }
      }
    } catch {
      closed(ConnectionError(error))
    }
  }

  private func closed(_ error: ConnectionError) {
    // For calls that come from now on, and those that wait: none of them has been sent. After an
    // orderly end another connection will do; after anything else it may not.
    let isOrderly = [.closedByPeer, .closedLocally].contains(error.code)
    let failure = isOrderly ? RPCError(notSent: error) : RPCError(error)
    let (waiters, isShutDown) = state.withLock { state in
      (state.unusable(failure, isGone: true), state.isShutDown)
    }
    for waiter in waiters { waiter.resume(throwing: failure) }
    if isShutDown { ended.set(()) }
  }

  private func draining() {
    let message = "the server is closing the connection, connect again"
    let error = RPCError(code: .unavailable, message: message, cause: CallNotSent(message))
    let (waiters, isShutDown) = state.withLock { state in
      (state.unusable(error, isGone: false), state.isShutDown)
    }
    for waiter in waiters { waiter.resume(throwing: error) }
    if !isShutDown { retired.set(()) }
  }

  /// Returns when the server has announced the end of the connection, or when the task is
  /// cancelled; not where the connection is lost.
  func waitForRetirement() async { _ = await retired.wait() }

  package func beginGracefulShutdown() {
    let grace = TimeAmount(connector.limits.shutdownGrace)
    shutDown { $0.drain(grace: grace) }
  }

  /// As ``beginGracefulShutdown()``, but does not wait for calls.
  private func stop() {
    shutDown {
      $0.close(ConnectionError(code: .closedLocally, message: "the transport was stopped"))
    }
    ended.set(())
  }

  private func shutDown(_ close: @escaping @Sendable (SecureConnection) -> Void) {
    let (peer, isConnecting, waiters) = state.withLock { $0.shutDown() }
    for waiter in waiters { waiter.resume(throwing: ClientTransportState.shutDownError) }
    if let peer {
      peer.connection.run(close)
    } else if !isConnecting {
      ended.set(())
    }
  }

  /// The connection, once there is one.
  /// - Throws: `RPCError` where there is none, or `CancellationError`.
  func connectedPeer() async throws -> ConnectedPeer {
    switch state.withLock({ $0.lookup() }) {
    case .ready(let peer): return peer
    case .failed(let error): throw error
    case .wait(let id):
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let answer = state.withLock { $0.wait(id, continuation) }
          if let answer { continuation.resume(with: answer) }
        }
      } onCancel: {
        let waiter = state.withLock { $0.cancel(id) }
        waiter?.resume(throwing: CancellationError())
      }
    }
  }

  package func withStream<T: Sendable>(
    descriptor: MethodDescriptor, options: CallOptions,
    _ closure: @concurrent (RPCStream<Inbound, Outbound>, ClientContext) async throws -> T
  ) async throws -> T {
    let peer = try await connectedPeer()
    let context = ClientContext(
      descriptor: descriptor, remotePeer: peer.remotePeer, localPeer: peer.localPeer)
    let call = GRPCClientCall(
      descriptor, authority: connector.endpoint.authority, connection: peer.connection,
      messageLimit: options.maxResponseMessageBytes ?? connector.limits.maximumMessageSize)
    return try await withTaskCancellationHandler {
      defer { call.end() }
      return try await closure(call.rpcStream, context)
    } onCancel: {
      call.cancel()
    }
  }
}
