package import HTTPTypes

/// One CONNECT stream that has reached the gateway and is not answered yet (RFC 9113,
/// section 8.5).
///
/// A leg is answered once: refused, or spliced to another leg. It may be used from any task.
package protocol RelayLeg: Sendable {
  /// The `:authority` of the CONNECT, for example `<vcs-pool>.vcs.sallyport`.
  var authority: String { get }
  /// Header fields of the CONNECT, without pseudo-header fields.
  var headers: HTTPFields { get }
  var context: PeerContext { get }

  /// Answers with an error status and ends the stream. Without effect once answered.
  func refuse(_ refusal: RelayRefusal)

  /// Answers both legs `200` and moves bytes between them, without leaving their event loops,
  /// until both directions have ended. `self` is the worker's leg, `agentLeg` the agent's.
  ///
  /// A half-close is passed on as a half-close. Where one leg is reset or its connection is lost,
  /// the other is reset, so that a truncated stream never looks like a complete one. Cancelling
  /// the task resets both legs.
  ///
  /// - Throws: ``RelayError`` where the relay ended by anything but two half-closes.
  func splice(to agentLeg: any RelayLeg, meter: RelayMeter) async throws
}

/// An answer to a CONNECT other than `200`.
package struct RelayRefusal: Sendable, Hashable, Error {
  /// 403, 404, 503 or 504; see docs/protocol.md.
  package let status: Int
  /// One line, sent to the peer in the `sallyport-reason` header field.
  package let reason: String
  /// Sent as `retry-after`, in whole seconds.
  package let retryAfter: Duration?

  package init(status: Int, reason: String, retryAfter: Duration? = nil) {
    self.status = status
    self.reason = reason
    self.retryAfter = retryAfter
  }
}

/// Decides what becomes of each CONNECT that reaches the gateway.
package protocol ConnectHandler: Sendable {
  /// Called in a task of its own for each CONNECT; the task is cancelled when the stream is reset
  /// or its connection is lost. A leg that is still unanswered when this returns is answered 500.
  /// To hand a leg to another task (an agent's leg to the waiting worker's), suspend here until
  /// that task is done with it.
  func handle(_ leg: any RelayLeg) async
}
