package import SallyportCore

/// A job to be queued.
package struct JobSubmission: Hashable, Sendable {
  package var id: JobID
  package var tenant: TenantName
  package var pool: PoolName
  /// Encoded `sallyport.worker.v1.JobSpec`; the store does not look inside.
  package var spec: [UInt8]
  package var vcsPool: PoolName?
  package var submittedBy: String
  package var time: Timestamp
  /// Empty: none.
  package var idempotencyKey: String
  /// SHA-256 of the request, compared where the key is used again.
  package var requestHash: [UInt8]
  /// Queued jobs that the pool holds at most.
  package var queueLimit: Int
  package var scheduling: Scheduling
  /// Different selectors that the queued jobs of the pool have at most: each is looked at by every
  /// claim.
  package var selectorLimit: Int

  package init(
    id: JobID, tenant: TenantName, pool: PoolName, spec: [UInt8], vcsPool: PoolName?,
    submittedBy: String, time: Timestamp, idempotencyKey: String, requestHash: [UInt8],
    queueLimit: Int, scheduling: Scheduling = Scheduling(), selectorLimit: Int = 256
  ) {
    self.id = id
    self.tenant = tenant
    self.pool = pool
    self.spec = spec
    self.vcsPool = vcsPool
    self.submittedBy = submittedBy
    self.time = time
    self.idempotencyKey = idempotencyKey
    self.requestHash = requestHash
    self.queueLimit = queueLimit
    self.scheduling = scheduling
    self.selectorLimit = selectorLimit
  }
}
