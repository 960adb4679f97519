import FoundationEssentials
import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: EnrolleeStore {
  package func enrollees(
    of tenant: TenantName, role: EnrolleeRole, pool: PoolName?, after id: String?
  ) async throws -> [Enrollee] {
    try await read { database in
      try database.rows(
        """
        SELECT * FROM enrollee_view
        WHERE tenant = :tenant AND role = :role AND pool = ifnull(:pool, pool)
          AND (:id IS NULL OR (enrolled_at, id) >
            (SELECT enrolled_at, id FROM enrollee WHERE id = :id AND tenant = :tenant))
        ORDER BY enrolled_at, id LIMIT 1000
        """,
        ["tenant": tenant.rawValue, "role": role.rawValue, "pool": pool?.rawValue, "id": id]
      ).map { try Enrollee(row: $0) }
    }
  }

  package func runningJobs(of tenant: TenantName) async throws -> [WorkerID: Int] {
    try await read { database in
      let rows = try database.rows(
        """
        SELECT worker, count(*) AS jobs FROM job INDEXED BY job_running
        WHERE worker IS NOT NULL AND state = 'running' AND tenant = ? GROUP BY worker
        """,
        [tenant.rawValue])
      return try Dictionary(
        uniqueKeysWithValues: rows.map { (try $0.identifier("worker"), try $0.value("jobs")) })
    }
  }

  package func revokeEnrollee(
    _ id: String, role: EnrolleeRole, of tenant: TenantName, at time: Timestamp, audit: AuditEntry
  ) async throws -> JobChanges {
    try await write { database in
      let changed = try database.change(
        """
        UPDATE enrollee SET revoked_at = ifnull(revoked_at, ?)
        WHERE id = ? AND role = ? AND tenant = ?
        """,
        [time.milliseconds, id, role.rawValue, tenant.rawValue])
      guard changed == 1 else {
        throw StoreError(code: .notFound, message: "there is no \(role.rawValue) \(id)")
      }
      try database.append(audit)
      try database.noteRevocation(of: tenant, role: role.rawValue, name: id)
      guard role == .worker else { return JobChanges() }
      let jobs = try database.rows(
        "SELECT \(JobColumn.list) FROM job_view WHERE worker = ? AND state IN ('offered', 'running')",
        [id])
      return try database.dropAttempts(
        try jobs.map { try JobRecord(row: $0) }, reason: "the worker was revoked",
        maximumOffers: .max, at: time, isGone: false)
    }
  }

  package func openAgentSession(
    _ session: SessionStart, audit: AuditEntry
  ) async throws -> UInt64 {
    try await write { try $0.record(session, audit: audit).unsigned("session_number") }
  }
}

extension Database {
  /// - Returns: The enrollee's row, with the session's number.
  func record(_ session: SessionStart, audit: AuditEntry) throws -> Row {
    guard try standing(of: session.identity) == .active, let id = session.identity.enrolleeID
    else { throw StoreError(code: .revoked, message: "the identity is not in good standing") }
    try run(
      """
      UPDATE enrollee SET session = :session, session_number = session_number + 1,
        capacity = :capacity, connected_at = :time,
        version = sealed(tenant, 'enrollee.version', :version, id),
        labels = sealed(tenant, 'enrollee.labels', :labels, id),
        display_name = CASE WHEN :name = '' THEN display_name
          ELSE sealed(tenant, 'enrollee.display_name', :name, id) END
      WHERE id = :id
      """,
      [
        "session": session.session.rawValue, "capacity": session.capacity,
        "time": session.time.milliseconds, "version": session.version,
        "labels": String(decoding: try JSONEncoder().encode(session.labels), as: UTF8.self),
        "name": session.displayName, "id": id,
      ])
    if case .worker(_, _, let worker) = session.identity {
      try setLabels(session.labels, of: worker, tenant: session.identity.tenant)
    }
    try append(audit)
    guard
      let row = try row(
        "SELECT * FROM enrollee_view WHERE id = ?", [id])
    else { throw StoreError(code: .corrupted, message: "enrollee \(id) has vanished") }
    return row
  }
}

extension Enrollee {
  init(row: Row) throws {
    self.init(
      role: try row.raw("role"), id: try row.value("id"), tenant: try row.name("tenant"),
      pool: try row.name("pool"), displayName: try row.value("opened_display_name"),
      enrolledAt: try row.time("enrolled_at"))
    revokedAt = try row.optionalTime("revoked_at")
    certificateExpiresAt = try row.optionalTime("certificate_expires_at")
    version = try row.value("opened_version")
    capacity = try row.value("capacity")
    let labelsJSON: String = try row.value("opened_labels")
    labels = try JSONDecoder().decode([String: String].self, from: Data(labelsJSON.utf8))
    connectedAt = try row.optionalTime("connected_at")
    drainRequested = try row.value("drain_requested")
  }
}
