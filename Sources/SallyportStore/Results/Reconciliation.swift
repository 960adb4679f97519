package import SallyportCore

/// The outcome of opening a worker's session: its inventory compared with the store.
package struct Reconciliation: Hashable, Sendable {
  /// Of two sessions of one worker, the one with the higher number is the newer.
  package var session: UInt64
  /// Attempts that go on, with renewed leases.
  package var live: [JobRecord]
  /// Attempts that the worker has to stop.
  package var stale: [AttemptID]
  /// Attempts that the worker no longer knew.
  package var changes: JobChanges

  package init(
    session: UInt64, live: [JobRecord], stale: [AttemptID],
    changes: JobChanges
  ) {
    self.session = session
    self.live = live
    self.stale = stale
    self.changes = changes
  }
}
