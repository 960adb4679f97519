/// What the tasks of one session tell its loop.
///
/// Bounded: the stream's messages do not wait for the loop, so a gateway that sends faster than the
/// loop can act ends its session instead of filling this process's memory.
struct SessionInbox: Sendable {
  enum Event: Sendable {
    case input(SessionState.Input)
    /// Nil where the gateway ended the stream in good order.
    case streamEnded((any Error)?)
  }

  static let capacity = 4_096

  /// Ends early, with what is in it, where an event did not fit.
  let events: AsyncStream<Event>
  private let continuation: AsyncStream<Event>.Continuation

  init() {
    (events, continuation) = AsyncStream.makeStream(
      bufferingPolicy: .bufferingOldest(Self.capacity))
  }

  func report(_ input: SessionState.Input) { report(.input(input)) }

  func report(_ event: Event) {
    if case .dropped = continuation.yield(event) { continuation.finish() }
  }
}
