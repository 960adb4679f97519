import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: JobStore {
  package func submitJob(
    _ job: JobSubmission, audit: AuditEntry
  ) async throws -> JobSubmissionResult {
    let monitor = monitor
    #if FAULT_POINTS
      let isEarly = FaultPoint.acknowledgeSubmitBeforeCommit.isPlanted
    #else
      let isEarly = false
    #endif
    return try await write(isAcknowledgedEarly: isEarly) { database in
      try monitor.requireRoomForNewWork()
      return try database.submit(job, audit: audit)
    }
  }

  package func job(_ id: JobID, of tenant: TenantName) async throws -> JobRecord? {
    try await readAcknowledged { try $0.job(id, of: tenant) }
  }

  package func watchedJob(
    _ id: JobID, of tenant: TenantName, by watcher: GatewayIdentity, withSpec: Bool
  ) async throws -> WatchedJob {
    try await readAcknowledged { database in
      var watched = try database.watchedJob(id, of: tenant, by: watcher)
      if withSpec, watched.job != nil {
        watched.spec = try database.jobSpecs(of: [id], of: tenant, budget: .max)[id] ?? []
      }
      return watched
    }
  }

  package func jobs(
    of tenant: TenantName, matching query: JobQuery
  ) async throws -> [JobRecord] {
    try await readAcknowledged { database in
      var arguments: StatementArguments = ["tenant": tenant.rawValue, "limit": query.limit]
      if let pool = query.pool { arguments += ["pool": pool.rawValue] }
      if let before = query.before { arguments += ["before": before.rawValue] }
      return try database.rows(JobListing.sql(query), arguments).map { try JobRecord(row: $0) }
    }
  }

  package func jobSpecs(
    of jobs: [JobID], of tenant: TenantName, budget: Int
  ) async throws -> [JobID: [UInt8]] {
    try await readAcknowledged { try $0.jobSpecs(of: jobs, of: tenant, budget: budget) }
  }

  package func offerContents(
    of jobs: [JobID], of tenant: TenantName
  ) async throws -> OfferContents {
    try await readAcknowledged { database in
      guard let known = try database.tenant(tenant) else {
        throw StoreError(code: .notFound, message: "there is no tenant \(tenant)")
      }
      return OfferContents(
        specs: try database.jobSpecs(of: jobs, of: tenant, budget: .max),
        externalID: known.externalID)
    }
  }

  package func addRelayBytes(
    to job: JobID, of tenant: TenantName, toWorker: UInt64, toAgent: UInt64, audit: AuditEntry
  ) async throws {
    try await write { database in
      try database.run(
        """
        UPDATE job SET relay_bytes_to_worker = relay_bytes_to_worker + ?,
          relay_bytes_to_agent = relay_bytes_to_agent + ?
        WHERE id = ? AND tenant = ?
        """,
        [
          Int64(storing: toWorker), Int64(storing: toAgent), job.rawValue, tenant.rawValue,
        ])
      try database.append(audit)
    }
  }
}

extension Database {
  fileprivate func submit(_ job: JobSubmission, audit: AuditEntry) throws -> JobSubmissionResult {
    if let earlier = try submitted(under: job.idempotencyKey, as: job) {
      return JobSubmissionResult(job: earlier, isNew: false)
    }
    try requireActivePool(job.pool, of: job.tenant, kind: .worker)
    if let vcsPool = job.vcsPool { try requireActivePool(vcsPool, of: job.tenant, kind: .vcs) }
    let queued = try number(
      "SELECT queued FROM pool WHERE tenant = ? AND name = ?",
      [job.tenant.rawValue, job.pool.rawValue])
    guard queued < job.queueLimit else {
      throw StoreError(
        code: .overloaded,
        message: "pool \(job.pool) has \(queued) queued jobs, at most \(job.queueLimit) fit")
    }
    guard try number("SELECT count(*) FROM job WHERE id = ?", [job.id.rawValue]) == 0 else {
      throw StoreError(
        code: .keyReused, message: "there is a job with this id: sign the job again, with a new id")
    }
    try insert(job, selector: try selector(of: job))
    try run(
      """
      INSERT INTO job_spec (job, spec)
      SELECT sequence, sealed(tenant, 'job_spec.spec', ?, id) FROM job WHERE id = ?
      """,
      [Blob(job.spec), job.id.rawValue])
    if !job.idempotencyKey.isEmpty {
      try run(
        """
        INSERT INTO idempotency_key (tenant, key, request_hash, job)
        VALUES (:tenant, indexed(:tenant, 'idempotency_key.key', :key),
          indexed(:tenant, 'idempotency_key.request_hash', :hash), :job)
        """,
        [
          "tenant": job.tenant.rawValue, "key": job.idempotencyKey,
          "hash": Blob(job.requestHash), "job": job.id.rawValue,
        ])
    }
    try append(audit)
    return JobSubmissionResult(job: try changedJob(job.id, of: job.tenant), isNew: true)
  }

  private func submitted(under key: String, as job: JobSubmission) throws -> JobRecord? {
    guard !key.isEmpty,
      let row = try row(
        """
        SELECT job, request_hash = indexed(:tenant, 'idempotency_key.request_hash', :hash) AS is_same
        FROM idempotency_key
        WHERE tenant = :tenant AND key = indexed(:tenant, 'idempotency_key.key', :key)
        """,
        ["tenant": job.tenant.rawValue, "key": key, "hash": Blob(job.requestHash)])
    else { return nil }
    guard try row.value("is_same") as Bool else {
      throw StoreError(
        code: .keyReused, message: "the idempotency key was used for a different job; use a new one"
      )
    }
    // Nil where its pool is being purged.
    return try self.job(try row.identifier("job"), of: job.tenant)
  }

  fileprivate func jobSpecs(
    of jobs: [JobID], of tenant: TenantName, budget: Int
  ) throws -> [JobID: [UInt8]] {
    var specs: [JobID: [UInt8]] = [:]
    var size = 0
    for job in jobs {
      let row = try row(
        """
        SELECT opened(job.tenant, 'job_spec.spec', job_spec.spec, job.id) AS spec FROM job JOIN job_spec ON job_spec.job = job.sequence
        WHERE job.id = ? AND job.tenant = ? AND NOT \(PoolPurged.sql("job.tenant", "job.pool"))
        """,
        [job.rawValue, tenant.rawValue])
      guard let spec = try row?.bytes("spec") else { continue }
      size += spec.count
      guard size <= budget || specs.isEmpty else { break }
      specs[job] = spec
    }
    return specs
  }
}
