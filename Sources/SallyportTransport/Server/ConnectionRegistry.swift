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
    /// Set once the listener shuts down: when what is left is cut.
    var end: NIODeadline?
    var isListening = true
    /// Connections that were accepted and are not added yet.
    var expected = 0
  }

  private let state = Mutex(State())
  /// Set once the listener accepts nothing and its last connection is gone.
  let ended = Outcome<Void>()

  /// - Returns: When the connection is cut, where the listener shuts down: it came just before that
  ///   and is to be drained like the others.
  func add(_ id: ConnectionID, _ connection: LoopReference<SecureConnection>) -> NIODeadline? {
    state.withLock { state in
      state.entries[id] = Entry(connection: connection)
      return state.end
    }
  }

  /// A connection has been accepted; ``cameIn()`` says that it has been added, or will not be.
  func expect() { state.withLock { $0.expected += 1 } }

  func cameIn() { update { $0.expected -= 1 } }

  func secured(_ id: ConnectionID, _ context: PeerContext) {
    state.withLock { $0.entries[id]?.context = context }
  }

  func remove(_ id: ConnectionID) {
    update { $0.entries[id] = nil }
  }

  func stoppedListening() {
    update { $0.isListening = false }
  }

  /// - Returns: The connections that there are; those that are added later are told.
  func shutDown(until end: NIODeadline) -> [LoopReference<SecureConnection>] {
    state.withLock { state in
      state.end = end
      return state.entries.values.map(\.connection)
    }
  }

  private func update(_ change: (inout State) -> Void) {
    let isEnded = state.withLock { state in
      change(&state)
      return !state.isListening && state.entries.isEmpty && state.expected == 0
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
