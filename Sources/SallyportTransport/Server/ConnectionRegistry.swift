import NIOCore
import SallyportCore
import SallyportRelay
import Synchronization

/// The connections of one listener: those still in their handshake, and those with a known peer.
final class ConnectionRegistry: LiveConnections {
  private struct Entry {
    var connection: LoopReference<SecureConnection>
    /// Nil until the handshake is complete.
    var context: PeerContext?
  }

  private struct State {
    var entries: [ConnectionID: Entry] = [:]
    var isShutDown = false
    var isListening = true
  }

  private let state = Mutex(State())
  /// Set once the listener accepts nothing and its last connection is gone.
  let ended = Outcome<Void>()

  /// - Returns: False where the listener is shutting down: close the connection.
  func add(_ id: ConnectionID, _ connection: LoopReference<SecureConnection>) -> Bool {
    state.withLock { state in
      guard !state.isShutDown else { return false }
      state.entries[id] = Entry(connection: connection)
      return true
    }
  }

  func secured(_ id: ConnectionID, _ context: PeerContext) {
    state.withLock { $0.entries[id]?.context = context }
  }

  func remove(_ id: ConnectionID) {
    update { $0.entries[id] = nil }
  }

  func stoppedListening() {
    update { state in
      state.isListening = false
      state.isShutDown = true
    }
  }

  /// No connection is added any more.
  /// - Returns: Those that there are.
  func shutDown() -> [LoopReference<SecureConnection>] {
    state.withLock { state in
      state.isShutDown = true
      return state.entries.values.map(\.connection)
    }
  }

  private func update(_ change: (inout State) -> Void) {
    let isEnded = state.withLock { state in
      change(&state)
      return !state.isListening && state.entries.isEmpty
    }
    if isEnded { ended.set(()) }
  }

  func close(
    reason: String, where matches: @escaping @Sendable (PeerContext) -> Bool
  ) async -> Int {
    let connections = state.withLock { state in
      state.entries.values.filter { $0.context.map(matches) ?? false }.map(\.connection)
    }
    for connection in connections {
      let error = ConnectionError(code: .closedLocally, message: reason)
      let closed = Outcome<Void>()
      connection.eventLoop.execute {
        connection.value?.close(error)
        closed.set(())
      }
      _ = await closed.wait()
    }
    return connections.count
  }
}
