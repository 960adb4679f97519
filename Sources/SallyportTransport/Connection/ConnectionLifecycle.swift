/// Where one connection is in its life. Pure: returns what to do.
struct ConnectionLifecycle {
  enum State: Hashable {
    case handshaking
    case open
    /// GOAWAY with the highest stream id is out: the peer may still have streams under way
    /// (RFC 9113, section 6.8).
    case announced
    /// No new streams; the connection closes when the last one has ended.
    case draining
    case closed
  }

  enum DrainAction: Hashable {
    case nothing
    /// Send the announcement and a PING, whose answer shows that the peer has seen it.
    case announce
    case sendGoAway
    case closeNow
  }

  private(set) var state = State.handshaking
  private var isDrainDeferred = false
  let acceptsStreams: Bool

  /// - Parameter acceptsStreams: True on the side that the peer opens streams to.
  init(acceptsStreams: Bool) { self.acceptsStreams = acceptsStreams }

  var isClosed: Bool { state == .closed }
  var isSecured: Bool { state != .handshaking && state != .closed }
  var mayOpenStreams: Bool { state == .open }
  var isDraining: Bool { state == .announced || state == .draining }
  var closesWithLastStream: Bool { state == .draining }

  /// - Returns: Whether the connection was to be drained meanwhile, and is to be now.
  mutating func secured() -> Bool {
    guard state == .handshaking else { return false }
    state = .open
    return isDrainDeferred
  }

  mutating func beginDrain() -> DrainAction {
    switch state {
    case .handshaking where acceptsStreams:
      // Whoever has come this far is served; GOAWAY needs a connection to be sent on.
      isDrainDeferred = true
      return .nothing
    case .handshaking: return .closeNow
    case .open where acceptsStreams:
      state = .announced
      return .announce
    case .open:
      state = .draining
      return .nothing
    case .announced, .draining, .closed: return .nothing
    }
  }

  /// The peer has seen the announcement, or has had time to.
  mutating func announcementSeen() -> DrainAction {
    guard state == .announced else { return .nothing }
    state = .draining
    return .sendGoAway
  }

  /// - Returns: Whether this is news.
  mutating func peerIsGoingAway() -> Bool {
    guard state == .open, !acceptsStreams else { return false }
    state = .draining
    return true
  }

  /// - Returns: False where it was closed already.
  mutating func close() -> Bool {
    defer { state = .closed }
    return state != .closed
  }
}
