import Synchronization

/// The messages that wait for one session's peer to read them.
///
/// Somebody writes while there are any: ``beginWriting()`` says when to begin, and whoever does
/// takes messages with ``next()`` until there are none. An idle session has no task for it.
final class SessionOutbox<Message: Sendable>: Sendable {
  private struct State {
    var messages = WaitingLine<Message>()
    var isWriting = false
    var isOver = false
    var whenWritten: (@Sendable () -> Void)?
  }

  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) { self.capacity = capacity }

  /// - Throws: ``SessionEnd/slowPeer`` where the queue is full.
  func send(_ message: Message) throws(SessionEnd) {
    let hasRoom = state.withLock { state -> Bool in
      guard !state.isOver else { return true }
      guard state.messages.count < capacity else { return false }
      state.messages.append(message)
      return true
    }
    guard hasRoom else { throw .slowPeer }
  }

  /// - Returns: True where messages wait and nobody writes; the caller has to see to it.
  func beginWriting() -> Bool {
    state.withLock { state -> Bool in
      guard !state.isWriting, !state.isOver, !state.messages.isEmpty else { return false }
      state.isWriting = true
      return true
    }
  }

  /// The next message to write; nil where the writing is over for now.
  func next() -> Message? {
    var whenWritten: (@Sendable () -> Void)?
    let message = state.withLock { state -> Message? in
      if let message = state.messages.popFirst() { return message }
      state.isWriting = false
      whenWritten = state.whenWritten
      return nil
    }
    whenWritten?()
    return message
  }

  /// Nothing can be written any more.
  func abandon() {
    let whenWritten = state.withLock { state -> (@Sendable () -> Void)? in
      state = State(isOver: true, whenWritten: state.whenWritten)
      return state.whenWritten
    }
    whenWritten?()
  }

  /// Calls `body`, at least once, as soon as nothing waits and nobody writes.
  func whenWritten(_ body: @escaping @Sendable () -> Void) {
    let isWritten = state.withLock { state -> Bool in
      state.whenWritten = body
      return !state.isWriting && state.messages.isEmpty
    }
    if isWritten { body() }
  }
}
