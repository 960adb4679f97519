import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: PoolRevocationStore {
  package func revokePool(
    _ name: PoolName, of tenant: TenantName, isPurge: Bool, at time: Timestamp, audit: AuditEntry
  ) async throws -> PoolRevocation {
    try await write { database in
      let pool = try database.requirePool(name, of: tenant, kind: nil)
      let work = PoolWork(tenant: tenant, pool: name, time: time)
      var result = PoolRevocation(pool: pool)
      if pool.revokedAt == nil { try database.revoke(pool, at: time, &result) }
      var isBegun = pool.revokedAt == nil
      if isPurge ? pool.purgeBeganAt == nil : isBegun {
        isBegun = try work.begin(isPurge: isPurge, in: database)
      }
      if isBegun {
        // Also where it was revoked before: another process has to hear of the purge.
        try database.noteRevocation(of: tenant, role: PoolWork.role, name: name.rawValue)
        try database.append(audit)
      }
      result.pool = try database.requirePool(name, of: tenant, kind: nil)
      return result
    }
  }

  package func poolWork() async throws -> [PoolWorkProgress] {
    try await read { database in
      try database.rows("SELECT * FROM pool_work ORDER BY tenant, pool LIMIT 1000", [])
        .map { try PoolWork.progress(row: $0) }
    }
  }

  package func advancePoolWork(
    on pool: PoolName, of tenant: TenantName, at time: Timestamp
  ) async throws -> PoolWorkProgress? {
    let work = PoolWork(tenant: tenant, pool: pool, time: time)
    return try await write { try work.advance(in: $0) }
  }

  package func endPoolPurges(at time: Timestamp) async throws -> [PoolPurgeEnd] {
    // What is complete now; a purge whose last rows go meanwhile has its own turn.
    let complete = try await read { database in
      try PoolWork.purgesToEnd(in: database).map {
        PoolWork(tenant: $0.tenant, pool: $0.pool, time: time)
      }
    }
    guard !complete.isEmpty else { return [] }
    try await rewrite()
    return try await write { database in
      try complete.compactMap { work in
        try work.end(in: database).map {
          PoolPurgeEnd(
            tenant: work.tenant, pool: work.pool, jobs: $0.jobs, auditRecords: $0.auditRecords)
        }
      }
    }
  }
}

extension Database {
  /// Shuts the pool's members out, and ends what they have.
  fileprivate func revoke(_ pool: Pool, at time: Timestamp, _ result: inout PoolRevocation) throws {
    let (tenant, name) = (pool.tenant.rawValue, pool.name.rawValue)
    result.jobsToEnd = Int(pool.queued) + Int(pool.running)
    let jobs = try rows(
      """
      SELECT \(JobColumn.list) FROM job_view WHERE tenant = ? AND pool = ? AND state IN ('offered', 'running')
      """, [tenant, name])
    for job in try jobs.map({ try JobRecord(row: $0) }) {
      try noteReason(PoolPurged.reason, of: job.attempt)
      // Nobody will say when the command of a job that runs has ended.
      let state: JobState = job.state == .running ? .lost : .cancelled
      result.changes.ended.append(try end(job, as: state, reason: PoolPurged.reason, at: time))
    }
    try run(
      "UPDATE token SET revoked_at = ifnull(revoked_at, ?) WHERE tenant = ? AND pool = ?",
      [time.milliseconds, tenant, name])
    result.members = try change(
      """
      UPDATE enrollee SET revoked_at = ?
      WHERE tenant = ? AND role = ? AND pool = ? AND revoked_at IS NULL
      """, [time.milliseconds, tenant, pool.kind.role.rawValue, name])
    try run(
      "UPDATE pool SET revoked_at = ? WHERE tenant = ? AND name = ?",
      [time.milliseconds, tenant, name])
  }
}
