package import SallyportCore

/// The outcome of comparing a worker's inventory with the store.
package struct Reconciliation: Hashable, Sendable {
  /// Attempts that go on, with renewed leases.
  package var live: [JobRecord]
  /// Attempts that the worker has to stop.
  package var stale: [AttemptID]
  /// Attempts that the worker no longer knew.
  package var changes: JobChanges

  package init(live: [JobRecord], stale: [AttemptID], changes: JobChanges) {
    self.live = live
    self.stale = stale
    self.changes = changes
  }
}
