import SallyportCore

/// What a session saw of the others when it began to claim.
struct ClaimView: Sendable {
  /// Of the pool's jobs; see ``WaitingSessions``.
  let jobs: UInt64
  /// Of slots; see ``SlotQueue``.
  let slots: [SlotScope: UInt64]
  let competingPools: [PoolName: UInt32]
  let competingTenants: [TenantName: UInt32]
}
