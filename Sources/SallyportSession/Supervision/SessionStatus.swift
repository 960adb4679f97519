import Synchronization

/// Whether there is a session now, for whoever asks from outside.
package final class SessionStatus: Sendable {
  private struct State {
    var live: Int?
    /// Nil before the first session.
    var changed: ContinuousClock.Instant?
    var opened: UInt64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  /// - Parameter live: The number of the session that new work goes to; nil while there is none.
  func note(live: Int?) {
    state.withLock { state in
      guard live != state.live else { return }
      // A handover changes the session and not whether there is one.
      if (live == nil) != (state.live == nil) { state.changed = .now }
      if live != nil { state.opened += 1 }
      state.live = live
    }
  }

  package var isOpen: Bool { state.withLock { $0.live != nil } }

  /// Since the session was there, or was not; nil before the first.
  package var age: Duration? { state.withLock { $0.changed.map { .now - $0 } } }

  /// Sessions that were established so far.
  package var opened: UInt64 { state.withLock { $0.opened } }
}
