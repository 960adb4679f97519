import NIOCore
import SallyportCore
import SallyportRelay

/// Opens sealed channels over one connection to the gateway.
struct RelayDialer: SealedDialer {
  /// How long a channel that is done may take to close in good order.
  static let closingGrace: Duration = .seconds(5)

  let outer: LoopReference<SecureConnection>
  let tls: TLSConfigurationSource
  let limits: TransportLimits
  /// Is told of each relay.
  let tasks: LoopTaskExecutor

  func withSealedChannel<Result: Sendable>(
    _ request: RelayRequest,
    _ body: (any SealedChannel) async throws -> Result
  ) async throws -> Result {
    tasks.relayBegan()
    defer { tasks.relayEnded() }
    let sealed = SealedConnection.open(
      on: outer, request, tls: tls, role: .client, limits: limits)
    return try await withTaskCancellationHandler {
      let channel = DialedChannel(peer: try await sealed.verifiedPeer(), sealed: sealed)
      do {
        let result = try await body(channel)
        sealed.shutDown(grace: TimeAmount(Self.closingGrace))
        _ = await sealed.closed.wait()
        return result
      } catch {
        sealed.abort()
        _ = await sealed.closed.wait()
        throw error
      }
    } onCancel: {
      sealed.abort()
    }
  }
}
