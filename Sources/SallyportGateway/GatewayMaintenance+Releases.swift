import SallyportStore

extension GatewayMaintenance {
  /// Lets jobs be offered when their backoff is over. Sleeps until the earliest is due, also of
  /// those that waited when the gateway was started, and asks the store at no other time.
  func release() async {
    while !Task.isCancelled {
      services.releases.arm()
      var next: Timestamp? = services.clock.now + services.limits.sweepInterval
      await attempt("release") { next = try await releaseOnce() }
      await services.releases.wait(until: next, clock: services.clock)
    }
  }

  /// - Returns: When there will be more to release; nil where no job waits.
  private func releaseOnce() async throws -> Timestamp? {
    let store = services.store
    while let next = try await store.nextRelease() {
      guard next <= services.clock.now else { return next }
      for job in try await store.releaseJobs(at: services.clock.now) {
        services.notifier.queued(job)
      }
    }
    return nil
  }
}
