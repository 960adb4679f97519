package import SallyportCore
package import SallyportSealing

/// How this worker opens what is sealed for its pool.
package struct SealedSecretSettings: Sendable {
  package let tenant: TenantName
  package let pool: PoolName
  /// The pool's current private key, and earlier ones.
  package let keys: SealingKeyring

  package init(tenant: TenantName, pool: PoolName, keys: SealingKeyring) {
    self.tenant = tenant
    self.pool = pool
    self.keys = keys
  }
}
