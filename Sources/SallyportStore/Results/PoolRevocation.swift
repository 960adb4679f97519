/// What revoking a pool has done at once.
package struct PoolRevocation: Hashable, Sendable {
  package var pool: Pool
  /// Jobs that were running or offered, and have ended.
  package var changes = JobChanges()
  /// Jobs that had not ended before, those that wait included.
  package var jobsToEnd = 0
  /// Workers or VCS agents that were not revoked before.
  package var members = 0

  package init(pool: Pool) { self.pool = pool }
}
