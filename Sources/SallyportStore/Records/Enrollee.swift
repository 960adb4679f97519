package import SallyportCore

/// An enrolled worker or VCS agent.
package struct Enrollee: Hashable, Sendable {
  package var role: EnrolleeRole
  /// A ``WorkerID`` or ``AgentID``.
  package var id: String
  package var tenant: TenantName
  package var pool: PoolName
  /// For people; not an identity.
  package var displayName: String
  package var enrolledAt: Timestamp
  package var revokedAt: Timestamp?
  package var certificateExpiresAt: Timestamp?
  /// Said by the process in its last Hello.
  package var version: String
  package var capacity: UInt32
  package var labels: [String: String]
  /// When its last session opened.
  package var connectedAt: Timestamp?
  package var drainRequested: Bool

  package init(
    role: EnrolleeRole, id: String, tenant: TenantName, pool: PoolName, displayName: String,
    enrolledAt: Timestamp
  ) {
    self.role = role
    self.id = id
    self.tenant = tenant
    self.pool = pool
    self.displayName = displayName
    self.enrolledAt = enrolledAt
    self.version = ""
    self.capacity = 0
    self.labels = [:]
    self.drainRequested = false
  }

  /// What its certificates say.
  package var identity: GatewayIdentity {
    switch role {
    case .worker: .worker(tenant: tenant, pool: pool, id: WorkerID(unchecked: id))
    case .agent: .agent(tenant: tenant, pool: pool, id: AgentID(unchecked: id))
    }
  }
}
