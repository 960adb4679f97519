package import SallyportCore

/// A pool key as it was published; only those who seal verify it.
package struct PoolKeyRecord: Hashable, Sendable {
  package var tenant: TenantName
  package var pool: PoolName
  package var keyID: String
  /// X.509, DER.
  package var certificate: [UInt8]
  package var publishedAt: Timestamp
  package var publishedBy: String

  package init(
    tenant: TenantName, pool: PoolName, keyID: String, certificate: [UInt8],
    publishedAt: Timestamp, publishedBy: String
  ) {
    self.tenant = tenant
    self.pool = pool
    self.keyID = keyID
    self.certificate = certificate
    self.publishedAt = publishedAt
    self.publishedBy = publishedBy
  }
}
