import SallyportCore
import SallyportStore

extension WorkerSession {
  func open(_ greeting: SessionGreeting) async throws -> WorkerSessionOpening {
    let now = services.clock.now
    guard let tenant = try await services.store.tenant(worker.tenant) else {
      throw AccessError(code: .forbidden, message: "this identity may not use the gateway")
    }
    // From here on the store refuses claims of older sessions of this worker.
    try await services.store.recordSession(
      SessionStart(
        identity: caller.caller.identity, session: id, version: greeting.version,
        displayName: greeting.displayName, capacity: greeting.capacity, labels: greeting.labels,
        time: now))
    let inbox = inbox
    try services.sessions.open(
      OpenWorkerSession(
        id: id, worker: worker, connection: caller.caller.connection, openedAt: now,
        signal: { inbox.signal($0) }))
    services.dispatcher.join(id) { inbox.signal(.jobReady) }
    let result = try await services.store.reconcile(
      WorkerInventory(
        worker: worker, running: greeting.running, finished: greeting.finished,
        leaseUntil: now + services.limits.leaseDuration,
        maximumEpoch: services.limits.maximumOffers, time: now))
    services.notifier.apply(result.changes)
    for job in result.live { services.notifier.changed(job) }
    for attempt in result.stale {
      try await services.audit.deny(
        caller.caller, action: "attempt.resume", object: "\(attempt)", detail: "not held")
    }
    return WorkerSessionOpening(
      session: id, externalID: tenant.externalID, live: result.live, stale: result.stale,
      drain: try await services.store.takeDrainRequest(of: worker.id, of: worker.tenant))
  }

  /// Claims until the worker's credits are used or nothing is queued; then waits in line.
  func claim(limit: Int, excluding: Set<JobID>) async throws -> WorkerSessionInput {
    var jobs: [JobRecord] = []
    while jobs.count < limit {
      let generation = services.dispatcher.generation(of: pool)
      let now = services.clock.now
      let claimed = try await services.store.claimJobs(
        JobClaim(
          worker: worker, session: id, limit: limit - jobs.count, excluding: excluding,
          acceptUntil: now + services.limits.acceptTimeout, time: now))
      jobs += claimed
      guard jobs.count < limit else { break }
      if services.dispatcher.wait(id, for: pool, since: generation) { break }
    }
    for job in jobs { services.notifier.changed(job) }
    let externalID = try await services.store.tenant(worker.tenant)?.externalID ?? ""
    return .claimed(jobs, externalID: externalID)
  }

  func accept(_ attempt: AttemptID) async throws -> Bool {
    let now = services.clock.now
    let job = try await services.store.acceptOffer(
      attempt, by: worker, leaseUntil: now + services.limits.leaseDuration, at: now)
    guard let job else {
      try await services.audit.deny(
        caller.caller, action: "attempt.accept", object: "\(attempt)", detail: "not held")
      return false
    }
    services.notifier.changed(job)
    return true
  }

  func reject(_ attempt: AttemptID, reason: String) async throws {
    let job = try await services.store.returnOffer(
      attempt, by: worker, reason: "a worker rejected it: \(reason.prefix(512))",
      maximumEpoch: services.limits.maximumOffers, at: services.clock.now)
    guard let job else { return }
    try await services.audit.record(
      services.audit.allowed(
        caller.caller, action: "attempt.reject", object: "\(attempt)",
        detail: String(reason.prefix(512))))
    services.notifier.changed(job)
    if job.state == .queued { services.dispatcher.wake(pool) }
  }

  func renew(_ attempts: [AttemptID]) async throws -> [JobRecord] {
    let held = try await services.store.renewLeases(
      attempts, by: worker, until: services.clock.now + services.limits.leaseDuration)
    for attempt in Set(attempts).subtracting(held.map(\.attempt)) {
      try await services.audit.deny(
        caller.caller, action: "lease.renew", object: "\(attempt)", detail: "not held")
    }
    return held
  }
}
