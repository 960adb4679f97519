package import SallyportCore

/// What is known of a sealed secret, without what was sealed.
package struct SecretRecord: Hashable, Sendable {
  package var tenant: TenantName
  package var context: ContextName
  package var pool: PoolName
  package var name: String
  package var version: UInt64
  /// Of the key to which it is sealed.
  package var keyID: String
  package var setAt: Timestamp
  package var setBy: String
  package var isRemoved: Bool

  package init(
    tenant: TenantName, context: ContextName, pool: PoolName, name: String, version: UInt64,
    keyID: String, setAt: Timestamp, setBy: String, isRemoved: Bool = false
  ) {
    self.tenant = tenant
    self.context = context
    self.pool = pool
    self.name = name
    self.version = version
    self.keyID = keyID
    self.setAt = setAt
    self.setBy = setBy
    self.isRemoved = isRemoved
  }
}
