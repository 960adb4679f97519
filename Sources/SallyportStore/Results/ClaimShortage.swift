package import SallyportCore

/// Why a claim brought fewer jobs than were asked for.
package enum ClaimShortage: Hashable, Sendable {
  /// Nothing else in the queue is for this worker.
  case noJobs
  /// The session is not the newest of its worker.
  case superseded
  case paused
  /// The pool runs as many jobs as it may.
  case pool
  /// The tenant runs as many jobs as it may.
  ///
  /// - Parameter others: Pools of the tenant whose turn it is before this one's.
  case tenant(others: [PoolName])
  /// The gateway runs as many jobs as it may.
  ///
  /// - Parameter others: Tenants whose turn it is before this one's.
  case gateway(others: [TenantName])
}
