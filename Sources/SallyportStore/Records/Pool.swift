package import SallyportCore

/// A named group of workers or of VCS agents.
package struct Pool: Hashable, Sendable {
  package var tenant: TenantName
  package var name: PoolName
  package var kind: PoolKind
  /// The worker does not report the commit that it checked out.
  package var sealed: Bool
  package var createdAt: Timestamp
  /// Jobs that are offered or running at once; nil: no cap.
  package var maximumRunning: UInt32?
  /// Nothing is offered while it is set.
  package var pause: PoolPause?
  package var queued: UInt64
  /// Jobs that are offered or running.
  package var running: UInt32
  /// Shut out for good.
  package var revokedAt: Timestamp?
  package var purgeBeganAt: Timestamp?
  /// Nothing of it is left but its name.
  package var purgedAt: Timestamp?

  package init(
    tenant: TenantName, name: PoolName, kind: PoolKind, sealed: Bool, createdAt: Timestamp,
    maximumRunning: UInt32? = nil
  ) {
    self.tenant = tenant
    self.name = name
    self.kind = kind
    self.sealed = sealed
    self.createdAt = createdAt
    self.maximumRunning = maximumRunning
    self.queued = 0
    self.running = 0
  }
}
