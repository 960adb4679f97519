import SallyportStore

/// Notices when leases could not be renewed although nobody but the gateway was to blame: before its
/// start, while its process stood still (SIGSTOP, a paused machine), and while its store could not
/// be written. Deadlines move on by that time before anything is swept.
///
/// Driven by a loop that comes by every `interval`; a loop that comes late stood still.
struct OutageMonitor: Sendable {
  enum Step: Hashable, Sendable {
    /// Deadlines move on by the time since the last heartbeat, then comes ``resumed(at:)``.
    case resume
    /// A heartbeat is due, then comes ``beaten(at:)``; expired deadlines may be swept.
    case beat
    /// Expired deadlines may be swept.
    case sweep
  }

  private let interval: Duration
  private let heartbeatInterval: Duration
  /// When the loop came by last; nil before the store has been resumed, and after a failure.
  private var lastVisit: Timestamp?
  private var lastBeat: Timestamp?

  /// - Parameters:
  ///   - interval: Between two visits.
  ///   - heartbeatInterval: Between two heartbeats.
  init(interval: Duration, heartbeatInterval: Duration) {
    self.interval = interval
    self.heartbeatInterval = heartbeatInterval
  }

  /// What to do now. Time that goes backwards is an outage of unknown length, too: the store knows
  /// how to deal with it.
  func step(at now: Timestamp) -> Step {
    guard let lastVisit, let lastBeat, now >= lastVisit,
      now - lastVisit <= interval + Self.tolerance
    else { return .resume }
    return now - lastBeat >= heartbeatInterval ? .beat : .sweep
  }

  mutating func resumed(at now: Timestamp) {
    lastVisit = now
    lastBeat = now
  }

  mutating func beaten(at now: Timestamp) { lastBeat = now }

  mutating func visited(at now: Timestamp) {
    if lastVisit != nil { lastVisit = now }
  }

  /// The store could not be written: until it can, nothing is swept, and then deadlines move on.
  mutating func failed() { lastVisit = nil }

  /// What a busy machine may add to a visit without leases being touched.
  private static let tolerance = Duration.seconds(2)
}
