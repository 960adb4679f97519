package import SallyportCore

/// A worker as its certificate names it.
package struct WorkerReference: Hashable, Sendable {
  package let tenant: TenantName
  package let pool: PoolName
  package let id: WorkerID

  package init(tenant: TenantName, pool: PoolName, id: WorkerID) {
    self.tenant = tenant
    self.pool = pool
    self.id = id
  }
}
