package import SallyportCore

/// A job with its current attempt, without what it asks for: that may be large, and is read only
/// where it is needed, with ``JobStore/jobSpecs(of:of:budget:)``.
package struct JobRecord: Hashable, Sendable {
  package var id: JobID
  package var tenant: TenantName
  package var pool: PoolName
  package var state: JobState
  /// Zero before the first offer.
  package var epoch: UInt64
  package var vcsPool: PoolName?
  package var worker: WorkerID?
  package var submittedBy: String
  package var submittedAt: Timestamp
  package var startedAt: Timestamp?
  package var finishedAt: Timestamp?
  package var exitCode: Int32?
  package var signal: Int32?
  package var reason: String
  package var commit: String
  package var cancelRequested: Bool
  package var cancelReason: String
  package var cancelRequestedAt: Timestamp?
  package var cancelRequestedBy: String
  /// The worker has said that it heard of it.
  package var cancelAcknowledged: Bool
  package var cancelDeliveredAt: Timestamp?
  package var leaseExpiresAt: Timestamp?
  package var logState: LogState
  package var logLength: UInt64
  /// Why the log of the current attempt is incomplete; empty where it is not.
  package var logIncompleteReason: String
  package var scheduling: Scheduling
  /// Attempts that have begun to run.
  package var attemptsRun: UInt32
  /// Offers in a row that came back without having been accepted.
  package var offersReturned: UInt32
  /// The end of a queued job's backoff.
  package var notBefore: Timestamp?
  package var relayBytesToWorker: UInt64
  package var relayBytesToAgent: UInt64

  package var attempt: AttemptID { AttemptID(job: id, epoch: epoch) }

  package init(
    id: JobID, tenant: TenantName, pool: PoolName, state: JobState, epoch: UInt64,
    vcsPool: PoolName?, submittedBy: String, submittedAt: Timestamp
  ) {
    self.id = id
    self.tenant = tenant
    self.pool = pool
    self.state = state
    self.epoch = epoch
    self.vcsPool = vcsPool
    self.submittedBy = submittedBy
    self.submittedAt = submittedAt
    self.reason = ""
    self.commit = ""
    self.cancelRequested = false
    self.cancelReason = ""
    self.cancelRequestedBy = ""
    self.cancelAcknowledged = false
    self.logState = .open
    self.logLength = 0
    self.logIncompleteReason = ""
    self.scheduling = Scheduling()
    self.attemptsRun = 0
    self.offersReturned = 0
    self.relayBytesToWorker = 0
    self.relayBytesToAgent = 0
  }
}
