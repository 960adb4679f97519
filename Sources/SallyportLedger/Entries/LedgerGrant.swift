package import SallyportCore

/// A worker presented a signed job to a VCS agent.
package struct LedgerGrant: LedgerEntry, Hashable {
  package static let kind = LedgerKind.grant

  /// Nil on a worker, which is not told.
  package var relay: RelayID?
  package var peer: SPIFFEID
  /// Nil where the grant could not be read so far.
  package var job: JobID?
  package var keyID: String?
  package var decision: LedgerDecision

  package init(
    relay: RelayID? = nil, peer: SPIFFEID, job: JobID? = nil, keyID: String? = nil,
    decision: LedgerDecision
  ) {
    self.relay = relay
    self.peer = peer
    self.job = job
    self.keyID = keyID
    self.decision = decision
  }

  package func write(to fields: inout LedgerFields) {
    fields.text("relay", relay?.rawValue)
    fields.peer(peer)
    fields.text("job", job?.rawValue)
    fields.text("key", keyID)
    decision.write(to: &fields)
  }
}
