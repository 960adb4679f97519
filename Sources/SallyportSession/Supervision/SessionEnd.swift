/// How a session body returned.
package enum SessionEnd: Hashable, Sendable {
  /// The session is over. Where it was the current one, it is opened again after a backoff.
  case ended
  /// Do not connect again: the supervisor's `run()` returns once all sessions have ended.
  case stop
}
