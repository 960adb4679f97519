/// What a session reacts to.
enum SessionEvent<Message: Sendable, Signal: Sendable>: Sendable {
  case message(Message)
  /// The peer has ended its side, or the connection is lost.
  case ended
  /// From elsewhere in this gateway.
  case signal(Signal)
  case tick
}

/// What came of one event.
enum SessionStep: Sendable {
  case handled
  /// It takes longer: the next event's turn comes when this is done.
  case task(@Sendable () async throws -> SessionEnd?)
  case end(SessionEnd)
}
