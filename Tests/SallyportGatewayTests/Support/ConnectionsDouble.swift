import SallyportRelay
import Synchronization

/// Live connections that are only noted: which of them were to be closed.
final class ConnectionsDouble: LiveConnections {
  /// For each of the peers, whether the last call meant it.
  let closed = Mutex<[Bool]>([])
  private let contexts: [PeerContext]

  init(_ contexts: [PeerContext]) { self.contexts = contexts }

  func close(
    reason: String, where matches: @escaping @Sendable (PeerContext) -> Bool
  ) async -> Int {
    closed.withLock { $0 = contexts.map(matches) }
    return 0
  }
}
