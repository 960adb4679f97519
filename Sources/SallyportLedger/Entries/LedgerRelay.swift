package import SallyportCore

/// A relay between worker and VCS agent.
package struct LedgerRelay: LedgerEntry, Hashable {
  package static let kind = LedgerKind.relay

  package enum Event: String, Sendable {
    case opened, closed, refused
  }

  package var event: Event
  /// Nil on a worker, which is not told.
  package var relay: RelayID?
  /// The far end of the sealed channel; nil where none came about.
  package var peer: SPIFFEID?
  /// For which it was opened, where that is known.
  package var attempt: AttemptID?
  /// Received from the peer; nil while it is open.
  package var bytesIn: UInt64?
  /// Sent to the peer; nil while it is open.
  package var bytesOut: UInt64?
  package var reason: String?

  package init(
    _ event: Event, _ relay: RelayID? = nil, peer: SPIFFEID? = nil, attempt: AttemptID? = nil,
    bytesIn: UInt64? = nil, bytesOut: UInt64? = nil, reason: String? = nil
  ) {
    self.event = event
    self.relay = relay
    self.peer = peer
    self.attempt = attempt
    self.bytesIn = bytesIn
    self.bytesOut = bytesOut
    self.reason = reason
  }

  package func write(to fields: inout LedgerFields) {
    fields.text("event", event.rawValue)
    fields.text("relay", relay?.rawValue)
    fields.peer(peer)
    fields.attempt(attempt)
    fields.number("bytes_in", bytesIn)
    fields.number("bytes_out", bytesOut)
    fields.text("reason", reason)
  }
}
