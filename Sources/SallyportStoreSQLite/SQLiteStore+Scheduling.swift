import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: SchedulingStore {
  package func updatePool(
    _ name: PoolName, of tenant: TenantName, maximumRunning: UInt32?, audit: AuditEntry
  ) async throws -> Pool {
    try await write { database in
      try database.requireActivePool(name, of: tenant, kind: .worker)
      if let maximumRunning {
        try database.run(
          "UPDATE pool SET maximum_running = ? WHERE tenant = ? AND name = ?",
          [maximumRunning, tenant.rawValue, name.rawValue])
      }
      try database.append(audit)
      return try database.requirePool(name, of: tenant, kind: .worker)
    }
  }

  package func setPause(
    _ pause: PoolPause?, of name: PoolName, of tenant: TenantName, audit: AuditEntry
  ) async throws -> Pool {
    try await write { database in
      try database.requireActivePool(name, of: tenant, kind: .worker)
      try database.run(
        """
        UPDATE pool SET pause_reason = sealed(tenant, 'pool.pause_reason', :reason, name),
          paused_at = CASE WHEN :since IS NULL THEN NULL ELSE ifnull(paused_at, :since) END
        WHERE tenant = :tenant AND name = :pool
        """,
        [
          "reason": pause?.reason ?? "", "since": pause?.since.milliseconds,
          "tenant": tenant.rawValue, "pool": name.rawValue,
        ])
      try database.append(audit)
      return try database.requirePool(name, of: tenant, kind: .worker)
    }
  }

  package func setRunningLimit(
    _ limit: TenantRunningLimit, of tenant: TenantName, audit: AuditEntry
  ) async throws {
    try await write { database in
      try database.requireTenant(tenant)
      try database.run(
        "UPDATE tenant SET maximum_running = ? WHERE name = ?", [limit.stored, tenant.rawValue])
      try database.run("UPDATE gateway_load SET limit_changes = limit_changes + 1")
      try database.append(audit)
    }
  }

  package func runningLimitChanges() async throws -> UInt64 {
    try await read { UInt64(try $0.number("SELECT limit_changes FROM gateway_load", [])) }
  }

  package func nextRelease() async throws -> Timestamp? {
    try await read { database in
      try database.row(Self.nextRelease, [])?.optionalTime("next")
    }
  }

  package func releaseJobs(at time: Timestamp) async throws -> [JobRecord] {
    try await write { database in
      let due = try database.rows(Self.dueReleases, [time.milliseconds])
      return try due.map { try JobRecord(row: $0) }.map { job in
        try database.run("UPDATE job SET not_before = NULL WHERE id = ?", [job.id.rawValue])
        return try database.changedJob(job.id, of: job.tenant)
      }
    }
  }

  package func standing(
    of job: JobID, of tenant: TenantName, limits: RunningLimits
  ) async throws -> QueueStanding? {
    try await read { database in
      let found = try database.row(
        "SELECT pool, rank, sequence FROM job WHERE id = ? AND tenant = ? AND state = 'queued'",
        [job.rawValue, tenant.rawValue])
      guard let found else { return nil }
      let pool = try database.requirePool(try found.name("pool"), of: tenant, kind: .worker)
      return QueueStanding(
        pause: pool.pause,
        pool: .init(running: pool.running, maximum: pool.maximumRunning),
        tenant: .init(
          running: try database.party(of: tenant, wanted: 0).running,
          maximum: try database.runningLimit(of: tenant, standard: limits.perTenant)),
        gateway: .init(running: try database.runningInGateway(), maximum: limits.ofGateway),
        jobsAhead: try database.jobs(
          of: pool, ahead: try found.value("rank"), try found.value("sequence")))
    }
  }

  static let nextRelease = """
    SELECT not_before AS next FROM job WHERE state = 'queued' AND not_before IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM tenant WHERE name = job.tenant AND purge_began_at IS NOT NULL)
      AND NOT \(PoolPurged.sql("job.tenant", "job.pool"))
    ORDER BY not_before LIMIT 1
    """
  static let dueReleases = """
    SELECT \(JobColumn.list) FROM job_view WHERE state = 'queued' AND not_before IS NOT NULL AND not_before <= ?
    ORDER BY not_before LIMIT 1000
    """
  static let jobsAhead = """
    SELECT count(*) FROM (SELECT 1 FROM job
      WHERE tenant = ? AND pool = ? AND selector = ? AND state = 'queued' AND not_before IS NULL
        AND (rank, sequence) < (?, ?) LIMIT ?)
    """
}

extension Database {
  fileprivate func jobs(of pool: Pool, ahead rank: Int64, _ sequence: Int64) throws -> Int {
    let lanes = try rows(
      "SELECT selector FROM queue_lane WHERE tenant = ? AND pool = ?",
      [pool.tenant.rawValue, pool.name.rawValue])
    var count = 0
    for lane in lanes where count < QueueStanding.countedJobs {
      let selector: Int64 = try lane.value("selector")
      count += try number(
        SQLiteStore.jobsAhead,
        [
          pool.tenant.rawValue, pool.name.rawValue, selector, rank, sequence,
          QueueStanding.countedJobs - count,
        ])
    }
    return count
  }
}
