package import SallyportCore

/// A worker's session asking for jobs.
package struct JobClaim: Hashable, Sendable {
  package var worker: WorkerReference
  /// Must be the newest session of the worker; otherwise nothing is claimed.
  package var session: SessionID
  package var limit: Int
  /// Jobs that this session has rejected before.
  package var excluding: Set<JobID>
  package var acceptUntil: Timestamp
  package var time: Timestamp
  package var limits: RunningLimits
  /// Pools of the tenant that wait for one of its slots, and how many jobs each would take.
  package var competingPools: [PoolName: UInt32]
  /// Tenants that wait for a slot of the gateway, and how many jobs each would take.
  package var competingTenants: [TenantName: UInt32]

  package init(
    worker: WorkerReference, session: SessionID, limit: Int, excluding: Set<JobID> = [],
    acceptUntil: Timestamp, time: Timestamp, limits: RunningLimits = RunningLimits(),
    competingPools: [PoolName: UInt32] = [:], competingTenants: [TenantName: UInt32] = [:]
  ) {
    self.worker = worker
    self.session = session
    self.limit = limit
    self.excluding = excluding
    self.acceptUntil = acceptUntil
    self.time = time
    self.limits = limits
    self.competingPools = competingPools
    self.competingTenants = competingTenants
  }
}
