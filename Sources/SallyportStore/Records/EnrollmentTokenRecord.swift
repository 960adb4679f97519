package import SallyportCore

/// An enrollment token as the gateway keeps it.
package struct EnrollmentTokenRecord: Hashable, Sendable {
  package var id: TokenID
  package var tenant: TenantName
  package var pool: PoolName
  /// SHA-256 of the token's secret part.
  package var hash: [UInt8]
  package var createdAt: Timestamp
  package var expiresAt: Timestamp
  package var usesLeft: UInt32
  package var revokedAt: Timestamp?

  package init(
    id: TokenID, tenant: TenantName, pool: PoolName, hash: [UInt8], createdAt: Timestamp,
    expiresAt: Timestamp, usesLeft: UInt32
  ) {
    self.id = id
    self.tenant = tenant
    self.pool = pool
    self.hash = hash
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.usesLeft = usesLeft
  }
}
