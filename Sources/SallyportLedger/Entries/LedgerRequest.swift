package import SallyportCore

/// A Git request inside a sealed channel.
///
/// One that is served has two records, so that nothing is served that could not be recorded:
/// ``Event/admitted`` before its first byte, and ``Event/served`` or ``Event/reset``, with the bytes,
/// after its last, which names the first by number.
package struct LedgerRequest: LedgerEntry, Hashable {
  package static let kind = LedgerKind.request

  package enum Event: String, Sendable {
    case admitted, refused
    /// Answered in full.
    case served
    /// Broken off.
    case reset
  }

  package var event: Event
  package var relay: RelayID
  package var peer: SPIFFEID
  package var decision: LedgerDecision
  /// Number of the record that says it was admitted.
  package var admission: UInt64?
  /// That the relay's grant names.
  package var job: JobID?
  package var repository: String?
  package var service: String?
  package var refs: LedgerList = []
  package var wants: LedgerList = []
  /// Of HTTP.
  package var status: Int?
  /// Received from the worker: the request's body.
  package var bytesIn: UInt64?
  /// Sent to the worker: the answer's body.
  package var bytesOut: UInt64?

  package init(
    _ event: Event, relay: RelayID, peer: SPIFFEID, decision: LedgerDecision,
    admission: UInt64? = nil
  ) {
    self.event = event
    self.relay = relay
    self.peer = peer
    self.decision = decision
    self.admission = admission
  }

  package func write(to fields: inout LedgerFields) {
    fields.text("event", event.rawValue)
    fields.number("admission", admission)
    fields.text("relay", relay.rawValue)
    fields.peer(peer)
    fields.text("job", job?.rawValue)
    fields.text("repository", repository)
    fields.text("service", service)
    fields.list("refs", refs)
    fields.list("wants", wants)
    fields.number("status", status.map(UInt64.init(clamping:)))
    fields.number("bytes_in", bytesIn)
    fields.number("bytes_out", bytesOut)
    decision.write(to: &fields)
  }
}
