import HTTPTypes
import NIOCore
import SallyportCore
import SallyportRelay

/// Serves sealed channels over one connection to the gateway.
struct RelayServer: SealedServer {
  /// Requests of one sealed channel at once. A worker makes one after another for each checkout.
  private static let maximumRequests = 16

  let outer: LoopReference<SecureConnection>
  let tls: TLSConfigurationSource
  let limits: TransportLimits
  /// Is told of each relay.
  let tasks: LoopTaskExecutor

  func serve(_ request: RelayRequest, handler: any SealedHandler) async throws {
    var limits = limits
    limits.maximumConcurrentStreams = min(limits.maximumConcurrentStreams, Self.maximumRequests)
    tasks.relayBegan()
    defer { tasks.relayEnded() }
    let sealed = SealedConnection.open(
      on: outer, request, tls: tls, role: .server, limits: limits)
    try await withTaskCancellationHandler {
      let peer = try await sealed.verifiedPeer()
      await withDiscardingTaskGroup { group in
        for await request in sealed.requests {
          group.addTask { await Self.answer(request, from: peer, handler) }
        }
      }
      guard let error = await sealed.closed.wait() else {
        throw RelayError(code: .cancelled, message: "the relay was cancelled")
      }
      if error.code != .closedByPeer { throw RelayError(error) }
    } onCancel: {
      sealed.abort()
    }
  }

  private static func answer(
    _ request: SealedRequest, from peer: PeerIdentity, _ handler: any SealedHandler
  ) async {
    let exchange = request.exchange
    defer { request.calls.end() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await handler.handle(
            request.head, body: exchange.body, from: peer, response: Responder(exchange: exchange))
          // Without effect on a response that is complete.
          exchange.abort(RelayError(code: .reset, message: "the response was not finished"))
        } catch {
          exchange.abort(error)
        }
      }
      group.addTask { _ = await exchange.closed.wait() }
      await group.next()
      group.cancelAll()
    }
  }
}
