package import SallyportCore

/// Which jobs to list.
package struct JobQuery: Hashable, Sendable {
  package var pool: PoolName?
  /// Empty: all.
  package var states: Set<JobState>
  /// Only jobs submitted before this one.
  package var before: JobID?
  package var limit: Int

  package init(
    pool: PoolName? = nil, states: Set<JobState> = [], before: JobID? = nil, limit: Int = 50
  ) {
    self.pool = pool
    self.states = states
    self.before = before
    self.limit = limit
  }
}
