/// The events that wait for one session's loop.
///
/// The peer's messages come in one at a time: the next is read when the last has been handled, so
/// that flow control holds the peer back. Signals are bounded; a session that has more than its
/// queue holds is beyond saving and ends.
struct SessionInbox<Message: Sendable, Signal: Sendable>: Sendable {
  typealias Event = SessionEvent<Message, Signal>

  let events: AsyncStream<Event>
  let handled: AsyncStream<Void>
  private let eventSource: AsyncStream<Event>.Continuation
  private let handledSource: AsyncStream<Void>.Continuation

  init(capacity: Int) {
    (events, eventSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(capacity))
    (handled, handledSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
  }

  func signal(_ signal: Signal) { post(.signal(signal)) }

  func post(_ event: Event) {
    if case .dropped = eventSource.yield(event) { finish() }
  }

  /// The message that was taken last has been dealt with; the next may come.
  func messageHandled() { handledSource.yield() }

  func finish() {
    eventSource.finish()
    handledSource.finish()
  }
}
