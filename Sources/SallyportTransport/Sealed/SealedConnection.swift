import NIOCore
import SallyportCore
import SallyportHTTP2
import SallyportRelay
import SallyportTLS

/// A relay and the TLS connection inside it, from either end; what the dialer and the server of
/// sealed channels have in common.
final class SealedConnection: Sendable {
  let connection: LoopReference<SecureConnection>
  /// Set when the far end has been verified, or when that came to nothing.
  let secured = Outcome<Result<PeerIdentity, RelayError>>()
  /// Why the connection inside ended; set last, when the relay's stream is gone, too.
  let closed = Outcome<ConnectionError>()
  /// Requests, for the server's tasks; bounded by the streams that the peer may open.
  let requests: AsyncStream<SealedRequest>
  private let requestContinuation: AsyncStream<SealedRequest>.Continuation
  private let tunnel: LoopReference<TunnelCarrier>
  private let innerError = Outcome<ConnectionError>()

  private init(eventLoop: any EventLoop) {
    connection = LoopReference(eventLoop: eventLoop)
    tunnel = LoopReference(eventLoop: eventLoop)
    (requests, requestContinuation) = AsyncStream.makeStream()
  }

  /// Sends the CONNECT. What follows shows in ``secured`` and ``closed``.
  ///
  /// - Parameter tls: Asked when the relay has been accepted, so that a relay that waited for long
  ///   uses the newest certificate.
  static func open(
    on outer: LoopReference<SecureConnection>, _ request: RelayRequest,
    tls: TLSConfigurationSource, role: SecureConnection.Role, limits: TransportLimits
  ) -> SealedConnection {
    let sealed = SealedConnection(eventLoop: outer.eventLoop)
    outer.eventLoop.execute {
      sealed.start(on: outer.value, request) { carrier throws in
        // The far end may rightly be silent for as long as the relay may be idle.
        var timers = ConnectionTimers.Policy(limits)
        timers.keepaliveInterval = nil
        return SecureConnection(
          carrier: carrier, tls: try tls.context().makeEngine(serverName: nil),
          configuration: .init(
            role: role, limits: limits, timers: timers),
          delegate: SealedConnectionDelegate(sealed))
      }
    }
    return sealed
  }

  private func start(
    on outer: SecureConnection?, _ request: RelayRequest,
    _ make: @escaping (TunnelCarrier) throws -> SecureConnection
  ) {
    do {
      guard let outer else {
        throw ConnectionError(code: .lost, message: "the connection to the gateway was lost")
      }
      tunnel.value = try TunnelCarrier(on: outer, request) { [self] answer in
        answered(answer, make)
      }
    } catch {
      failed(Self.relayError(ConnectionError(error)), ConnectionError(error))
    }
  }

  private func answered(
    _ answer: TunnelCarrier.Answer, _ make: (TunnelCarrier) throws -> SecureConnection
  ) {
    switch answer {
    case .accepted:
      guard let tunnel = tunnel.value else { return }
      do {
        let inner = try make(tunnel)
        connection.value = inner
        tunnel.setDelegate(inner) { [self] in
          self.tunnel.value = nil
          if let error = innerError.current { closed.set(error) }
        }
        inner.carrierIsReady()
      } catch {
        tunnel.abort()
        let error = ConnectionError(error)
        failed(RelayError(code: .sealFailed, message: error.message), error)
      }
    case .refused(let refusal):
      let message = "the gateway refused the relay with status \(refusal.status): \(refusal.reason)"
      failed(
        RelayError(code: .refused, message: message, refusal: refusal),
        ConnectionError(code: .carrierReset, message: message))
    case .failed(let error):
      failed(Self.relayError(error), error)
    }
  }

  /// Before there is a connection inside.
  private static func relayError(_ error: ConnectionError) -> RelayError {
    switch error.code {
    case .carrierReset: RelayError(code: .reset, message: error.message)
    case .noStreamLeft:
      RelayError(
        code: .refused, message: error.message,
        refusal: RelayRefusal(status: 503, reason: error.message, retryAfter: .seconds(1)))
    default: RelayError(code: .connectionLost, message: error.message)
    }
  }

  private func failed(_ relayError: RelayError, _ error: ConnectionError) {
    secured.set(.failure(relayError))
    requestContinuation.finish()
    closed.set(error)
    tunnel.value = nil
  }

  /// The connection inside has ended; its last bytes may still be on their way.
  func ended(_ error: ConnectionError) {
    secured.set(.failure(RelayError(error)))
    requestContinuation.finish()
    innerError.set(error)
    connection.value = nil
    if tunnel.value == nil { closed.set(error) }
  }

  /// Why the connection inside ended; nil while it has not.
  var endError: ConnectionError? { innerError.current }

  func secured(by peer: PeerIdentity) { secured.set(.success(peer)) }

  func opened(_ request: SealedRequest) { requestContinuation.yield(request) }

  // MARK: From tasks

  /// Waits until the far end has been verified.
  /// - Throws: `RelayError` where that came to nothing; the far end has then been told why.
  func verifiedPeer() async throws -> PeerIdentity {
    guard let secured = await secured.wait() else {
      throw RelayError(code: .cancelled, message: "the relay was cancelled")
    }
    if case .failure = secured { _ = await closed.wait() }
    return try secured.get()
  }

  /// Ends in good order: requests under way may end, for `grace` at most.
  func shutDown(grace: TimeAmount) { connection.run { $0.drain(grace: grace) } }

  /// Ends at once; the far end sees a reset. A connection that has ended already is left to send
  /// its last bytes, which may say why.
  func abort() {
    tunnel.eventLoop.execute { [self] in
      let error = ConnectionError(code: .closedLocally, message: "the relay was cancelled")
      if let inner = connection.value {
        inner.finish(error)
        tunnel.value?.abort()
      } else if endError == nil {
        tunnel.value?.abort()
        failed(RelayError(error), error)
      }
    }
  }
}
