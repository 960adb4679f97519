package import SallyportCore

/// A named group of workers or of VCS agents.
package struct Pool: Hashable, Sendable {
  package var tenant: TenantName
  package var name: PoolName
  package var kind: PoolKind
  /// The worker does not report the commit that it checked out.
  package var sealed: Bool
  package var createdAt: Timestamp

  package init(
    tenant: TenantName, name: PoolName, kind: PoolKind, sealed: Bool, createdAt: Timestamp
  ) {
    self.tenant = tenant
    self.name = name
    self.kind = kind
    self.sealed = sealed
    self.createdAt = createdAt
  }
}
