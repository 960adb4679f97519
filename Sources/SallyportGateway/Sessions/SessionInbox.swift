import Synchronization

/// The events that wait for one session, which handles one at a time, in their order.
///
/// Somebody handles events while there are any: ``post(_:)`` says when to begin, and whoever does takes
/// them with ``next()`` until there are none.
///
/// Of the peer's messages at most one waits: the next is read when the last has been handled, so that flow
/// control holds the peer back. Signals are bounded; a session that has more than its queue holds is
/// beyond saving and ends.
final class SessionInbox<Message: Sendable, Signal: Sendable>: Sendable {
  typealias Event = SessionEvent<Message, Signal>

  enum Next: Sendable {
    case event(Event)
    /// None, and whoever asked handles no more of them.
    case nothing
    /// Some did not fit, and those that did have been taken.
    case overflow
  }

  private struct State {
    var events = WaitingLine<Event>()
    var isHandling = false
    var hasOverflown = false
    var isOver = false
  }

  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) { self.capacity = capacity }

  /// - Returns: True where nobody handles events; the caller has to see to it.
  func post(_ event: Event) -> Bool {
    state.withLock { state in
      guard !state.isOver, !state.hasOverflown else { return false }
      if state.events.count < capacity {
        state.events.append(event)
      } else {
        state.hasOverflown = true
      }
      defer { state.isHandling = true }
      return !state.isHandling
    }
  }

  func next() -> Next {
    state.withLock { state in
      if let event = state.events.popFirst() { return .event(event) }
      if state.hasOverflown { return .overflow }
      state.isHandling = false
      return .nothing
    }
  }

  /// The session is over: drops what waits, and whatever comes.
  func close() {
    state.withLock { $0 = State(isOver: true) }
  }
}
