package import SallyportCore

/// The end of pools: at once for whoever asks, row by row in the store.
package protocol PoolRevocationStore {
  /// Shuts a pool out for good: from this commit on its members and tokens are revoked, what runs is
  /// lost, and nothing new is taken; its queued jobs are cancelled by ``advancePoolWork(on:of:at:)``.
  /// With `isPurge` nothing of it is answered either. Repeating it changes nothing; a pool that is
  /// revoked can be purged later.
  ///
  /// - Throws: ``StoreError/Code/notFound``.
  func revokePool(
    _ name: PoolName, of tenant: TenantName, isPurge: Bool, at time: Timestamp, audit: AuditEntry
  ) async throws -> PoolRevocation

  /// Revocations and purges that are not at their end, of all tenants, at most 1,000.
  func poolWork() async throws -> [PoolWorkProgress]

  /// Ends or removes the next rows, in one transaction of some hundred.
  ///
  /// - Returns: Nil where there are none left.
  func advancePoolWork(
    on pool: PoolName, of tenant: TenantName, at time: Timestamp
  ) async throws -> PoolWorkProgress?

  /// Writes the store's files anew where a purge has removed all rows, and thus ends these purges.
  /// Writers wait for as long as copying the database takes.
  ///
  /// - Throws: ``StoreError/Code/unavailable``, also where another process reads and so keeps what was
  ///   there before; try again.
  func endPoolPurges(at time: Timestamp) async throws -> [PoolPurgeEnd]
}
