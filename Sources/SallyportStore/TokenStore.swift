package import SallyportCore

/// Enrollment tokens: hashes, never the tokens.
package protocol TokenStore {
  /// - Throws: ``StoreError/Code/notFound`` without such a pool.
  func createToken(_ token: EnrollmentTokenRecord, audit: AuditEntry) async throws

  /// Newest first; nil for all pools. At most 1,000.
  func tokens(of tenant: TenantName, pool: PoolName?) async throws -> [EnrollmentTokenRecord]

  /// - Throws: ``StoreError/Code/notFound``.
  func revokeToken(
    _ id: TokenID, of tenant: TenantName, at time: Timestamp, audit: AuditEntry
  ) async throws

  /// Uses a token up for one key, atomically: of any number of uses at once, no more succeed than
  /// the token has left.
  func redeemToken(_ redemption: TokenRedemption) async throws -> TokenRedemptionResult

  /// Keeps the certificate of a redemption, for the retries. The first one kept wins, also of those
  /// that replace the same one.
  ///
  /// - Parameter expiring: The chain that is kept and no longer of use; nil for the first.
  ///
  /// - Returns: The chain to answer with, DER, leaf first.
  func recordEnrollment(
    of enrollee: Enrollee, certificate: CertificateRecord, replacing expiring: [[UInt8]]?,
    audit: AuditEntry
  ) async throws -> [[UInt8]]
}
