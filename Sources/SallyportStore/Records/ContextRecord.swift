package import SallyportCore

/// A group of secrets and variables.
package struct ContextRecord: Hashable, Sendable {
  package var tenant: TenantName
  package var name: ContextName
  package var createdAt: Timestamp
  /// Worker pools that it is attached to, by name.
  package var pools: [PoolName]

  package init(
    tenant: TenantName, name: ContextName, createdAt: Timestamp, pools: [PoolName] = []
  ) {
    self.tenant = tenant
    self.name = name
    self.createdAt = createdAt
    self.pools = pools
  }
}
