/// Where a queued job stands.
package struct QueueStanding: Hashable, Sendable {
  package struct Load: Hashable, Sendable {
    package var running: UInt32
    /// Nil: no cap.
    package var maximum: UInt32?

    package init(running: UInt32, maximum: UInt32?) {
      self.running = running
      self.maximum = maximum
    }

    package var isFull: Bool { maximum.map { running >= $0 } ?? false }
  }

  package var pause: PoolPause?
  package var pool: Load
  package var tenant: Load
  package var gateway: Load
  /// Jobs of the pool that come first; counted up to ``countedJobs``.
  package var jobsAhead: Int

  package static let countedJobs = 1_000

  package init(pause: PoolPause?, pool: Load, tenant: Load, gateway: Load, jobsAhead: Int) {
    self.pause = pause
    self.pool = pool
    self.tenant = tenant
    self.gateway = gateway
    self.jobsAhead = jobsAhead
  }
}
