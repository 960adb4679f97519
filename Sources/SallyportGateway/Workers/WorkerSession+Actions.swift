import Logging
import SallyportCore
import SallyportMetrics
import SallyportStore

extension WorkerSession {
  func open(_ greeting: SessionGreeting) async throws -> WorkerSessionOpening {
    let now = services.clock.now
    guard let tenant = try await services.store.tenant(worker.tenant) else {
      throw AccessError(code: .forbidden, message: "this identity may not use the gateway")
    }
    let pool = try await services.store.pool(worker.pool, of: worker.tenant)
    // From here on the store refuses claims of older sessions of this worker.
    let audit = services.audit
    let result = try await services.store.openWorkerSession(
      SessionStart(
        identity: caller.caller.identity, session: id, version: greeting.version,
        displayName: greeting.displayName, capacity: greeting.capacity, labels: greeting.labels,
        time: now),
      inventory: WorkerInventory(
        worker: worker, running: greeting.running, finished: greeting.finished,
        leaseUntil: now + services.limits.leaseDuration,
        maximumOffers: services.limits.maximumOffers, time: now),
      audit: audit.sessionOpens(caller.caller, id), ended: { audit.ended($0) })
    services.notifier.apply(result.changes, tellWorkers: false)
    for job in result.live { services.notifier.changed(job) }
    try services.sessions.open(
      OpenWorkerSession(
        id: id, number: result.session, worker: worker, labels: greeting.labels,
        signal: { self.signal($0) }))
    services.metrics.sessionsOpened("worker").increment()
    services.dispatcher.join(id, labels: greeting.labels) { self.signal(.jobReady($0)) }
    // After the session can be told: a cancellation or drain is here, or it is signalled.
    let cancelled = try await services.store.unacknowledgedCancels(of: worker)
    let drain = try await services.store.drainRequest(of: worker)
    for attempt in result.stale {
      try await services.audit.deny(
        caller.caller, action: "attempt.resume", object: "\(attempt)", detail: "not held")
    }
    return WorkerSessionOpening(
      session: id, externalID: tenant.externalID, sealed: pool?.sealed ?? true,
      cancelled: cancelled, stale: result.stale, drain: drain)
  }

  /// Claims until the worker's credits are used or there is no more for it; then waits in line.
  func claim(limit: Int, excluding: Set<JobID>) async throws -> WorkerSessionInput {
    var jobs: [JobRecord] = []
    var isSettled = false
    while !isSettled {
      let view = services.dispatcher.view(of: pool)
      let now = services.clock.now
      let result = try await services.store.claimJobs(
        JobClaim(
          worker: worker, session: id, limit: limit - jobs.count, excluding: excluding,
          acceptUntil: now + services.limits.acceptTimeout, time: now,
          limits: services.limits.running, competingPools: view.competingPools,
          competingTenants: view.competingTenants))
      jobs += result.jobs
      isSettled = services.dispatcher.settle(
        id, pool, view: view, shortage: result.shortage, took: result.jobs.map(\.id),
        wanted: UInt32(limit - jobs.count), excluding: excluding)
    }
    guard !jobs.isEmpty else {
      return .claimed([], OfferContents(specs: [:], externalID: ""))
    }
    for job in jobs {
      services.notifier.changed(job)
      noteOffer(of: job)
    }
    let contents = try await services.store.offerContents(
      of: jobs.map(\.id), of: worker.tenant)
    return .claimed(jobs, contents)
  }

  func accept(_ attempt: AttemptID) async throws -> GrantedLease? {
    let now = services.clock.now
    let leaseUntil = now + services.limits.leaseDuration
    let job = try await services.store.acceptOffer(
      attempt, by: worker, leaseUntil: leaseUntil, at: now)
    guard let job else {
      try await services.audit.deny(
        caller.caller, action: "attempt.accept", object: "\(attempt)", detail: "not held")
      return nil
    }
    services.notifier.changed(job)
    services.logger.info("offer accepted", metadata: logMetadata(of: job))
    return GrantedLease(job: job, until: leaseUntil)
  }

  func reject(_ attempt: AttemptID, reason: String) async throws {
    let reason = reason.prefix(bytes: 512)
    let job = try await services.store.returnOffer(
      attempt, by: worker, reason: "a worker rejected it: \(reason)",
      maximumOffers: services.limits.maximumOffers, at: services.clock.now,
      audit: services.audit.allowed(
        caller.caller, action: "attempt.reject", object: "\(attempt)", detail: reason))
    guard let job else {
      try await services.audit.deny(
        caller.caller, action: "attempt.reject", object: "\(attempt)", detail: "not held")
      return
    }
    services.notifier.noteReturn(job, "the worker rejected it: \(reason)")
    if job.state == .queued {
      services.notifier.requeued(job, reason: "the worker rejected the job")
    } else {
      services.notifier.changed(job)
    }
  }

  func acknowledgeCancel(_ attempt: AttemptID) async throws {
    let job = try await services.store.acknowledgeCancel(
      attempt, by: worker, at: services.clock.now)
    if let job { return services.notifier.changed(job) }
    // A worker is told to stop attempts that have ended as well.
    guard try await !services.store.hasEnded(attempt, by: worker) else { return }
    try await services.audit.deny(
      caller.caller, action: "attempt.acknowledge-cancel", object: "\(attempt)",
      detail: "not held")
  }

  func renew(_ attempts: [AttemptID]) async throws -> [JobRecord] {
    let held = try await services.store.renewLeases(
      attempts, by: worker, until: services.clock.now + services.limits.leaseDuration)
    services.metrics.leasesRenewed.add(held.count)
    for attempt in Set(attempts).subtracting(held.map(\.attempt)) {
      // A renewal that crosses the end of its attempt is nothing to note.
      guard try await !services.store.hasEnded(attempt, by: worker) else { continue }
      try await services.audit.deny(
        caller.caller, action: "lease.renew", object: "\(attempt)", detail: "not held")
    }
    return held
  }
}
