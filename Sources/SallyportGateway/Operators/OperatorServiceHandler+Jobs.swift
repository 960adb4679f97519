import Crypto
import GRPCCore
import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

extension OperatorServiceHandler {
  func submitJob(
    request: Sallyport_Operator_V1_SubmitJobRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Job {
    try await asOperator(context, lookingAt: { try await ground(of: request, by: $0) }) {
      caller, variables in
      let submission = try submission(request, try variables.get(), caller)
      let result = try await services.store.submitJob(
        submission,
        audit: services.audit.allowed(
          caller.caller, action: "job.submit", object: submission.id.rawValue,
          detail: "pool \(submission.pool)"))
      guard result.isNew else { return try await shown(result.job) }
      services.notifier.queued(result.job)
      noteSubmission(of: result.job)
      return try .init(
        result.job, spec: submission.spec, openRelays: services.relays.traffic(of: result.job.id))
    }
  }

  func getJob(
    request: Sallyport_Operator_V1_GetJobRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Job {
    try await asOperator(context) { caller in
      let id: JobID = try id(request.jobID, "job")
      // A relay that ends meanwhile is a change: then it is in the store, and the job is read again.
      return try await services.hub.withChanges(of: id, .ofJob) { changes in
        for await _ in changes {
          guard let job = try await settledJob(request.jobID, of: caller) else { continue }
          var shown = try await shown(job.record, openRelays: job.openRelays)
          shown.attempts = try await services.store.attempts(
            of: id, of: caller.tenant, limit: 100
          ).map { .init($0) }
          shown.waitingFor = try await waitingFor(job.record)
          return shown
        }
        throw Self.interrupted
      }
    }
  }

  func listJobs(
    request: Sallyport_Operator_V1_ListJobsRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_ListJobsResponse {
    try await asOperator(context) { caller in
      let size = request.pageSize == 0 ? 50 : Int(min(request.pageSize, 500))
      var query = JobQuery(pool: try optionalPool(request.pool), limit: size + 1)
      query.states = Set(try request.states.map { try JobState($0) })
      if !request.pageToken.isEmpty {
        guard let before = JobID(request.pageToken) else { throw RequestError("not a page token") }
        query.before = before
      }
      let jobs = try await services.store.jobs(of: caller.tenant, matching: query)
      let specs = try await services.store.jobSpecs(
        of: jobs.prefix(size).map(\.id), of: caller.tenant, budget: services.limits.listingSize)
      // A page ends where its jobs' specifications do not fit any more.
      let page = try jobs.prefix(specs.count).map { job in
        try Sallyport_Operator_V1_Job(
          job, spec: specs[job.id] ?? [], openRelays: services.relays.traffic(of: job.id))
      }
      return .with {
        $0.jobs = page
        $0.nextPageToken = jobs.count > page.count ? page.last?.id ?? "" : ""
      }
    }
  }

  func cancelJob(
    request: Sallyport_Operator_V1_CancelJobRequest, context: ServerContext
  ) async throws -> Sallyport_Operator_V1_Job {
    try await asOperator(context) { caller in
      let id: JobID = try id(request.jobID, "job")
      let reason = request.reason.isEmpty ? "cancelled by \(caller.name)" : request.reason
      let result = try await services.store.cancelJob(
        id, of: caller.tenant, by: caller.name.rawValue, reason: reason.prefix(bytes: 512),
        at: services.clock.now,
        audit: services.audit.allowed(caller.caller, action: "job.cancel", object: id.rawValue))
      noteCancellation(result)
      tell(result)
      return try await shown(result.job)
    }
  }

  private func tell(_ result: CancelResult) {
    switch result {
    case .cancelled(let job): services.notifier.changed(job)
    case .withdrawn(let job):
      services.notifier.changed(job)
      if let worker = job.worker { services.sessions.signal(worker, .withdraw(job.attempt)) }
    case .requested(let job):
      services.notifier.changed(job)
      if let worker = job.worker {
        services.sessions.signal(worker, .cancel(job.attempt, reason: job.cancelReason))
      }
    case .unchanged: break
    }
  }

  func job(_ text: String, of caller: OperatorCaller) async throws -> JobRecord {
    let id: JobID = try id(text, "job")
    guard let job = try await services.store.job(id, of: caller.tenant) else {
      throw StoreError(code: .notFound, message: "there is no job \(id)")
    }
    return job
  }

  /// - Returns: Nil while a relay of the job is on its way from the table of open ones into the
  ///   store; its arrival is published as a change of the job.
  func settledJob(
    _ text: String, of caller: OperatorCaller
  ) async throws -> (record: JobRecord, openRelays: RelayTraffic)? {
    try await settled(try id(text, "job")) { try await job(text, of: caller) }
  }

  /// The same, read by `look`.
  func settled(
    _ id: JobID, _ look: () async throws -> JobRecord
  ) async throws -> (record: JobRecord, openRelays: RelayTraffic)? {
    let before = services.relays.traffic(of: id)
    let record = try await look()
    let openRelays = services.relays.traffic(of: id)
    return openRelays.completes(before) ? (record, openRelays) : nil
  }

  func shown(
    _ job: JobRecord, openRelays: RelayTraffic? = nil
  ) async throws -> Sallyport_Operator_V1_Job {
    try .init(
      job, spec: try await spec(of: job),
      openRelays: openRelays ?? services.relays.traffic(of: job.id))
  }

  /// What the job asks for, as submitted.
  func spec(of job: JobRecord) async throws -> [UInt8] {
    try await services.store.jobSpecs(of: [job.id], of: job.tenant, budget: .max)[job.id] ?? []
  }

  /// The variables of a job that is not signed, as they are now. What is wrong with the request itself is
  /// for who is in good standing.
  private func ground(
    of request: Sallyport_Operator_V1_SubmitJobRequest, by submitter: UnjudgedOperator
  ) async throws -> (Standing, Result<[String: String], any Error>) {
    let names = Result {
      (try PoolName(request.pool), try SecretRules.contexts(request.spec.contexts))
    }
    guard request.spec.signedJob.isEmpty, case .success(let (pool, contexts)) = names else {
      let standing = try await services.store.standing(of: submitter.identity)
      return (standing, request.spec.signedJob.isEmpty ? names.map { _ in [:] } : .success([:]))
    }
    let ground = try await services.store.submissionGround(
      for: pool, contexts: contexts, of: submitter.tenant, by: submitter.identity)
    return (ground.standing, .success(ground.variables))
  }

  private func submission(
    _ request: Sallyport_Operator_V1_SubmitJobRequest, _ variables: [String: String],
    _ caller: OperatorCaller
  ) throws -> JobSubmission {
    guard request.spec.signedJob.isEmpty else {
      let signed = try SignedSubmission.expanded(request, tenant: caller.tenant)
      return try submission(signed.request, id: signed.job, spec: signed.request.spec, caller)
    }
    var spec = request.spec
    let secrets = Set(spec.secrets.map(\.environment))
    for (name, value) in variables
    where spec.environment[name] == nil && !secrets.contains(name) {
      spec.environment[name] = value
    }
    return try submission(request, id: .random(), spec: spec, caller)
  }

  private func submission(
    _ request: Sallyport_Operator_V1_SubmitJobRequest, id: JobID, spec: JobSpec,
    _ caller: OperatorCaller
  ) throws -> JobSubmission {
    guard request.idempotencyKey.utf8.count <= 255 else {
      throw RequestError("an idempotency key has at most 255 bytes")
    }
    let spec = try JobSpecRules.checked(spec, limits: services.limits)
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    let encoded: [UInt8] = try spec.serializedBytes(options: options)
    guard encoded.count - spec.signedJob.count <= services.limits.maximumJobSize else {
      throw RequestError("a job has at most \(services.limits.maximumJobSize) bytes")
    }
    let pool = try PoolName(request.pool)
    let scheduling = try SchedulingRules.checked(request.scheduling, limits: services.limits)
    // As it came, and not with this configuration's defaults: a submit that is repeated after they
    // have changed is the same one.
    let asked: [UInt8] = try request.spec.serializedBytes(options: options)
    let wanted: [UInt8] = try request.scheduling.serializedBytes(options: options)
    let hashed = Array(pool.rawValue.utf8) + [0] + asked + wanted
    return JobSubmission(
      id: id, tenant: caller.tenant, pool: pool, spec: encoded,
      vcsPool: spec.hasCheckout ? try PoolName(spec.checkout.vcsPool) : nil,
      submittedBy: caller.name.rawValue, time: services.clock.now,
      idempotencyKey: request.idempotencyKey,
      requestHash: Array(SHA256.hash(data: hashed)),
      queueLimit: services.limits.maximumQueuedJobs, scheduling: scheduling,
      selectorLimit: services.limits.maximumQueuedSelectors)
  }
}
