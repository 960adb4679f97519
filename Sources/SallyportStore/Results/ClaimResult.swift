/// What a ``JobClaim`` brought.
package struct ClaimResult: Hashable, Sendable {
  /// Offered to the worker, the first in order first.
  package var jobs: [JobRecord]
  /// Nil where as many came as were asked for.
  package var shortage: ClaimShortage?

  package init(jobs: [JobRecord], shortage: ClaimShortage?) {
    self.jobs = jobs
    self.shortage = shortage
  }
}
