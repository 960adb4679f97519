import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore {
  package func requestDrain(
    _ drain: DrainRequest, of worker: WorkerID, of tenant: TenantName, audit: AuditEntry
  ) async throws {
    try await write { database in
      try database.requireUnpurged(tenant)
      let changed = try database.change(
        """
        UPDATE enrollee SET drain_requested = 1, drain_restart = ?, drain_job_timeout = ?,
          drain_reason = sealed(tenant, 'enrollee.drain_reason', ?, id)
        WHERE id = ? AND role = 'worker' AND tenant = ? AND revoked_at IS NULL
        """,
        [
          drain.restart, drain.jobTimeout?.wholeMilliseconds, drain.reason, worker.rawValue,
          tenant.rawValue,
        ])
      guard changed == 1 else {
        throw StoreError(code: .notFound, message: "there is no worker \(worker)")
      }
      try database.append(audit)
    }
  }

  package func drainRequest(of worker: WorkerReference) async throws -> DrainRequest? {
    try await read { database in
      try database.row(
        "SELECT * FROM enrollee_view WHERE id = ? AND tenant = ?",
        [worker.id.rawValue, worker.tenant.rawValue]
      ).flatMap { try DrainRequest(row: $0) }
    }
  }

  package func clearDrainRequest(of worker: WorkerID, of tenant: TenantName) async throws {
    try await write { database in
      try database.run(
        """
        UPDATE enrollee SET drain_requested = 0
        WHERE id = ? AND role = 'worker' AND tenant = ? AND drain_requested = 1
        """,
        [worker.rawValue, tenant.rawValue])
    }
  }
}

extension DrainRequest {
  /// Nil where nobody has asked for it.
  init?(row: Row) throws {
    guard try row.value("drain_requested") as Bool else { return nil }
    self.init(reason: try row.value("opened_drain_reason"), restart: try row.value("drain_restart"))
    jobTimeout = (row["drain_job_timeout"] as Int64?).map { .milliseconds($0) }
  }
}
