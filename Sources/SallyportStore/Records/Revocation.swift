package import SallyportCore

/// An identity that was revoked.
package struct Revocation: Hashable, Sendable {
  /// From 1, in the order of the revocations.
  package var sequence: UInt64
  /// Of a worker and a VCS agent, the pool is not part of it.
  package var subject: Subject

  package enum Subject: Hashable, Sendable {
    case worker(WorkerID)
    case agent(AgentID)
    case operatorNamed(tenant: TenantName, name: OperatorName)
    /// Whatever is of the pool, and that there may be a purge to go on with.
    case pool(tenant: TenantName, name: PoolName)
    /// Whatever is of the tenant: it is purged.
    case tenant(TenantName)
  }

  package init(sequence: UInt64, subject: Subject) {
    self.sequence = sequence
    self.subject = subject
  }
}
