import SallyportCore
import SallyportRelay
import Synchronization

/// Closes connections by identity, on every listener that has been attached.
final class ConnectionCloser: Sendable {
  private let listeners = Mutex<[any LiveConnections]>([])

  func attach(_ connections: any LiveConnections) {
    listeners.withLock { $0.append(connections) }
  }

  func close(
    reason: String, where matches: @escaping @Sendable (GatewayIdentity) -> Bool
  ) async {
    for listener in listeners.withLock({ $0 }) {
      await listener.close(reason: reason) { context in
        guard let peer = context.peer, let identity = GatewayIdentity(peer.spiffeID) else {
          return false
        }
        return matches(identity)
      }
    }
  }
}
