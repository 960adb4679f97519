/// What a session's loop reacts to.
enum SessionEvent<Message: Sendable, Signal: Sendable>: Sendable {
  case message(Message)
  /// The peer has ended its side, or the connection is lost.
  case ended
  /// From elsewhere in this gateway.
  case signal(Signal)
  case tick
}
