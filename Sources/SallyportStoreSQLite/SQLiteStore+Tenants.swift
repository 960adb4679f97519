import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore: TenantStore {
  package func createTenant(_ tenant: Tenant, audit: AuditEntry) async throws {
    // Before the tenant: whatever is written of it is encrypted.
    try await makeKeys(for: tenant.name)
    try await write { database in
      guard try !database.isPurged(tenant.name) else {
        throw StoreError(
          code: .alreadyExists,
          message: "tenant \(tenant.name) was purged; its name is not used again")
      }
      let created = try database.change(
        """
        INSERT OR IGNORE INTO tenant (name, external_id, created_at)
        VALUES (:name, sealed(:name, 'tenant.external_id', :external_id, :name), :created_at)
        """,
        [
          "name": tenant.name.rawValue, "external_id": tenant.externalID,
          "created_at": tenant.createdAt.milliseconds,
        ])
      guard created == 1 else {
        throw StoreError(code: .alreadyExists, message: "tenant \(tenant.name) exists already")
      }
      try database.append(audit)
    }
  }

  package func tenant(_ name: TenantName) async throws -> Tenant? {
    try await read { try $0.tenant(name) }
  }

  package func recredential(
    _ tenant: TenantName, externalID: String, at time: Timestamp, audit: AuditEntry
  ) async throws -> Int {
    try await write { database in
      try database.requireUnpurged(tenant)
      let changed = try database.change(
        """
        UPDATE tenant SET external_id = sealed(name, 'tenant.external_id', ?, name) WHERE name = ?
        """,
        [externalID, tenant.rawValue])
      guard changed == 1 else {
        throw StoreError(code: .notFound, message: "there is no tenant \(tenant)")
      }
      try database.run(
        "UPDATE token SET revoked_at = ifnull(revoked_at, ?) WHERE tenant = ?",
        [time.milliseconds, tenant.rawValue])
      let enrollees = try database.rows(
        "SELECT id, role FROM enrollee WHERE tenant = ? AND revoked_at IS NULL", [tenant.rawValue])
      for enrollee in enrollees {
        let (id, role): (String, String) = (try enrollee.value("id"), try enrollee.value("role"))
        try database.run(
          "UPDATE enrollee SET revoked_at = ? WHERE id = ?", [time.milliseconds, id])
        try database.noteRevocation(of: tenant, role: role, name: id)
      }
      try database.append(audit)
      return enrollees.count
    }
  }

  package func recordOperator(
    _ name: OperatorName, of tenant: TenantName, certificate: CertificateRecord, audit: AuditEntry
  ) async throws {
    try await write { database in
      try database.requireTenant(tenant)
      try database.run(
        "INSERT OR IGNORE INTO operator (tenant, name, created_at) VALUES (?, ?, ?)",
        [tenant.rawValue, name.rawValue, certificate.issuedAt.milliseconds])
      let identity = GatewayIdentity.operatorNamed(tenant: tenant, name: name)
      guard try database.standing(of: identity) == .active else {
        throw StoreError(code: .revoked, message: "operator \(name) is revoked")
      }
      try database.insert(certificate, of: tenant)
      try database.append(audit)
    }
  }

  package func revokeOperator(
    _ name: OperatorName, of tenant: TenantName, at time: Timestamp, audit: AuditEntry
  ) async throws {
    try await write { database in
      let changed = try database.change(
        "UPDATE operator SET revoked_at = ifnull(revoked_at, ?) WHERE tenant = ? AND name = ?",
        [time.milliseconds, tenant.rawValue, name.rawValue])
      guard changed == 1 else {
        throw StoreError(code: .notFound, message: "there is no operator \(name) of \(tenant)")
      }
      try database.requireUnpurged(tenant)
      try database.append(audit)
      try database.noteRevocation(of: tenant, role: Revocation.operatorRole, name: name.rawValue)
    }
  }

  package func standing(of identity: GatewayIdentity) async throws -> Standing {
    try await read { try $0.standing(of: identity) }
  }

  package func certificateLifetime(
    fingerprint: String, of tenant: TenantName
  ) async throws -> Duration? {
    try await read { database in
      try database.row(
        "SELECT issued_at, not_after FROM certificate WHERE fingerprint = ? AND tenant = ?",
        [fingerprint, tenant.rawValue]
      ).map { try $0.time("not_after") - (try $0.time("issued_at")) }
    }
  }

  package func recordRenewal(
    of identity: GatewayIdentity, certificate: CertificateRecord, audit: AuditEntry
  ) async throws {
    try await write { database in
      guard let tenant = identity.tenant, try database.standing(of: identity) == .active else {
        throw StoreError(code: .revoked, message: "the identity is not in good standing")
      }
      try database.insert(certificate, of: tenant)
      if let id = identity.enrolleeID {
        try database.run(
          "UPDATE enrollee SET certificate_expires_at = ? WHERE id = ? AND tenant = ?",
          [certificate.notAfter.milliseconds, id, tenant.rawValue])
      }
      try database.append(audit)
    }
  }
}

extension GatewayIdentity {
  var enrolleeID: String? {
    switch self {
    case .worker(_, _, let id): id.rawValue
    case .agent(_, _, let id): id.rawValue
    case .operatorNamed, .gateway: nil
    }
  }
}

extension Database {
  func tenant(_ name: TenantName) throws -> Tenant? {
    guard let row = try row("SELECT * FROM tenant_view WHERE name = ?", [name.rawValue]) else {
      return nil
    }
    var tenant = Tenant(
      name: name, externalID: try row.value("opened_external_id"),
      createdAt: try row.time("created_at"))
    tenant.runningLimit = TenantRunningLimit(stored: row["maximum_running"])
    return tenant
  }

  func requireTenant(_ name: TenantName) throws {
    guard try tenant(name) != nil else {
      throw StoreError(code: .notFound, message: "there is no tenant \(name)")
    }
  }

  func standing(of identity: GatewayIdentity) throws -> Standing {
    if let tenant = identity.tenant, try isPurged(tenant) { return .revoked }
    let row: Row?
    switch identity {
    case .worker(let tenant, let pool, let id):
      row = try enrolleeStanding(id.rawValue, role: .worker, pool: pool, tenant: tenant)
    case .agent(let tenant, let pool, let id):
      row = try enrolleeStanding(id.rawValue, role: .agent, pool: pool, tenant: tenant)
    case .operatorNamed(let tenant, let name):
      row = try self.row(
        "SELECT revoked_at FROM operator WHERE tenant = ? AND name = ?",
        [tenant.rawValue, name.rawValue])
    case .gateway:
      row = nil
    }
    guard let row else { return .unknown }
    return try row.optionalTime("revoked_at") == nil ? .active : .revoked
  }

  private func enrolleeStanding(
    _ id: String, role: EnrolleeRole, pool: PoolName, tenant: TenantName
  ) throws -> Row? {
    try row(
      """
      SELECT revoked_at FROM enrollee WHERE id = ? AND role = ? AND tenant = ? AND pool = ?
      """,
      [id, role.rawValue, tenant.rawValue, pool.rawValue])
  }

  func insert(_ certificate: CertificateRecord, of tenant: TenantName) throws {
    try run(
      """
      INSERT OR IGNORE INTO certificate (fingerprint, serial, tenant, spiffe_id, issued_at, not_after)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      [
        certificate.fingerprint, certificate.serialNumber, tenant.rawValue, certificate.spiffeID,
        certificate.issuedAt.milliseconds, certificate.notAfter.milliseconds,
      ])
  }
}
