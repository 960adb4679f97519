internal import SallyportBytes
package import SallyportCore

/// What a sealed secret is, and for whom: opening it as anything else fails.
package struct SealedSecretScope: Hashable, Sendable {
  package var tenant: TenantName
  /// Whose workers open it.
  package var pool: PoolName
  package var context: ContextName
  package var name: String
  /// From 1, one more for each new value.
  package var version: UInt64

  package init(
    tenant: TenantName, pool: PoolName, context: ContextName, name: String, version: UInt64
  ) {
    self.tenant = tenant
    self.pool = pool
    self.context = context
    self.name = name
    self.version = version
  }

  /// The additional authenticated data.
  var fields: [UInt8] {
    var fields = CanonicalFields(purpose: "sallyport sealed secret")
    fields.add(tenant.rawValue)
    fields.add(pool.rawValue)
    fields.add(context.rawValue)
    fields.add(name)
    fields.add(version)
    return fields.bytes
  }
}
