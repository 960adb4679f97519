import GRPCCore

/// What becomes of calls, before, while and after there is a connection. Pure.
struct ClientTransportState {
  typealias Waiter = CheckedContinuation<ConnectedPeer, any Error>

  private enum State {
    case idle
    case connecting
    /// The server has announced its end before the connection was handed over; new calls fail.
    case retired(RPCError)
    case connected(ConnectedPeer)
    /// New calls fail with the error; the connection may still be finishing old ones.
    case unusable(RPCError, ConnectedPeer?)
    case shutDown(ConnectedPeer?)
  }

  private var state = State.idle
  private var waiters: [UInt64: Waiter] = [:]
  private var nextID: UInt64 = 0
  private var cancelled: Set<UInt64> = []

  static let shutDownError = RPCError(
    code: .failedPrecondition, message: "the transport is shut down")

  var isShutDown: Bool {
    if case .shutDown = state { true } else { false }
  }

  /// - Returns: False where it was called before, or after a shutdown.
  mutating func beginConnecting() -> Bool {
    guard case .idle = state else { return false }
    state = .connecting
    return true
  }

  enum Lookup {
    case ready(ConnectedPeer)
    case failed(RPCError)
    case wait(UInt64)
  }

  mutating func lookup() -> Lookup {
    switch state {
    case .connected(let peer): return .ready(peer)
    case .unusable(let error, _), .retired(let error): return .failed(error)
    case .shutDown: return .failed(Self.shutDownError)
    case .idle, .connecting:
      nextID += 1
      return .wait(nextID)
    }
  }

  /// - Returns: The answer, where there is one meanwhile.
  mutating func wait(_ id: UInt64, _ waiter: Waiter) -> Result<ConnectedPeer, any Error>? {
    if cancelled.remove(id) != nil { return .failure(CancellationError()) }
    switch lookup() {
    case .ready(let peer): return .success(peer)
    case .failed(let error): return .failure(error)
    case .wait:
      waiters[id] = waiter
      return nil
    }
  }

  mutating func cancel(_ id: UInt64) -> Waiter? {
    if let waiter = waiters.removeValue(forKey: id) { return waiter }
    cancelled.insert(id)
    return nil
  }

  /// - Returns: Calls that can go ahead, or nil where the connection is not wanted any more.
  mutating func connected(_ peer: ConnectedPeer) -> [Waiter]? {
    switch state {
    case .connecting:
      state = .connected(peer)
      return takeWaiters()
    case .retired(let error):
      state = .unusable(error, peer)
      return []
    case .unusable, .idle, .connected: return []
    case .shutDown:
      state = .shutDown(peer)
      return nil
    }
  }

  /// The connection failed, was lost or takes no new streams.
  /// - Returns: Calls that fail now.
  mutating func unusable(_ error: RPCError, isGone: Bool) -> [Waiter] {
    switch state {
    case .connecting where !isGone: state = .retired(error)
    case .retired where !isGone: break
    case .idle, .connecting, .retired: state = .unusable(error, nil)
    case .connected(let peer), .unusable(_, let peer?):
      state = .unusable(error, isGone ? nil : peer)
    case .unusable(_, nil): break
    case .shutDown(let peer): state = .shutDown(isGone ? nil : peer)
    }
    return takeWaiters()
  }

  /// - Returns: The connection to drain, if there is one, and calls that fail now.
  mutating func shutDown() -> (peer: ConnectedPeer?, isConnecting: Bool, waiters: [Waiter]) {
    var isConnecting = false
    var current: ConnectedPeer?
    switch state {
    case .idle, .unusable(_, nil), .shutDown(nil): break
    case .connecting, .retired: isConnecting = true
    case .connected(let peer), .unusable(_, let peer?), .shutDown(let peer?): current = peer
    }
    state = .shutDown(current)
    return (current, isConnecting, takeWaiters())
  }

  private mutating func takeWaiters() -> [Waiter] {
    defer { waiters.removeAll() }
    return Array(waiters.values)
  }
}
