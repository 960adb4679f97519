import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore {
  private static let maximumContexts = 1_000

  package func createContext(_ context: ContextRecord, audit: AuditEntry) async throws {
    try await write { database in
      try database.requireTenant(context.tenant)
      guard
        try database.number(
          "SELECT count(*) FROM context WHERE tenant = ?", [context.tenant.rawValue])
          < Self.maximumContexts
      else {
        throw StoreError(
          code: .overloaded, message: "a tenant has at most \(Self.maximumContexts) contexts")
      }
      let created = try database.change(
        "INSERT OR IGNORE INTO context (tenant, name, created_at) VALUES (?, ?, ?)",
        [context.tenant.rawValue, context.name.rawValue, context.createdAt.milliseconds])
      guard created == 1 else {
        throw StoreError(
          code: .alreadyExists, message: "context \(context.name) exists already")
      }
      try database.append(audit)
    }
  }

  package func contexts(of tenant: TenantName) async throws -> [ContextRecord] {
    try await read { database in
      try database.rows(
        "SELECT * FROM context WHERE tenant = ? ORDER BY name LIMIT 1000", [tenant.rawValue]
      ).map { try database.context(row: $0) }
    }
  }

  package func removeContext(
    _ name: ContextName, of tenant: TenantName, audit: AuditEntry
  ) async throws {
    try await write { database in
      try database.requireContext(name, of: tenant)
      try database.run(
        "UPDATE sealed_secret SET sealed = NULL WHERE tenant = ? AND context = ?",
        [tenant.rawValue, name.rawValue])
      // What is attached, and the variables, go with it.
      try database.run(
        "DELETE FROM context WHERE tenant = ? AND name = ?", [tenant.rawValue, name.rawValue])
      try database.append(audit)
    }
  }

  package func attachContext(
    _ name: ContextName, to pool: PoolName, of tenant: TenantName, audit: AuditEntry
  ) async throws -> ContextRecord {
    try await write { database in
      try database.requireContext(name, of: tenant)
      try database.requireActivePool(pool, of: tenant, kind: .worker)
      try database.run(
        "INSERT OR IGNORE INTO context_pool (tenant, pool, context) VALUES (?, ?, ?)",
        [tenant.rawValue, pool.rawValue, name.rawValue])
      try database.append(audit)
      return try database.requireContext(name, of: tenant)
    }
  }

  package func detachContext(
    _ name: ContextName, from pool: PoolName, of tenant: TenantName, audit: AuditEntry
  ) async throws -> ContextRecord {
    try await write { database in
      try database.requireContext(name, of: tenant)
      let removed = try database.change(
        "DELETE FROM context_pool WHERE tenant = ? AND pool = ? AND context = ?",
        [tenant.rawValue, pool.rawValue, name.rawValue])
      guard removed == 1 else {
        throw StoreError(
          code: .notFound, message: "context \(name) is not attached to pool \(pool)")
      }
      try database.append(audit)
      return try database.requireContext(name, of: tenant)
    }
  }
}

extension Database {
  @discardableResult
  func requireContext(_ name: ContextName, of tenant: TenantName) throws -> ContextRecord {
    let row = try row(
      "SELECT * FROM context WHERE tenant = ? AND name = ?", [tenant.rawValue, name.rawValue])
    guard let row else {
      throw StoreError(code: .notFound, message: "there is no context \(name)")
    }
    return try context(row: row)
  }

  fileprivate func context(row: Row) throws -> ContextRecord {
    let tenant: TenantName = try row.name("tenant")
    let name: ContextName = try row.name("name")
    let pools = try rows(
      "SELECT pool FROM context_pool WHERE tenant = ? AND context = ? ORDER BY pool",
      [tenant.rawValue, name.rawValue])
    return ContextRecord(
      tenant: tenant, name: name, createdAt: try row.time("created_at"),
      pools: try pools.map { try $0.name("pool") })
  }

  /// Those that a job of the pool has, first the one that counts.
  ///
  /// - Parameter named: By the job. One that is not there any more has nothing.
  func contexts(
    of pool: PoolName, named: [ContextName], of tenant: TenantName
  ) throws -> [ContextName] {
    let attached: [ContextName] = try rows(
      "SELECT context FROM context_pool WHERE tenant = ? AND pool = ? ORDER BY number LIMIT 1000",
      [tenant.rawValue, pool.rawValue]
    ).map { try $0.name("context") }
    var seen: Set<ContextName> = []
    return (named + attached).filter { seen.insert($0).inserted }
  }
}
