import GRDB
package import SallyportCore
package import SallyportStore

extension SQLiteStore {
  /// Of one context.
  fileprivate static let maximumVariables = 1_000

  package func setVariable(_ variable: VariableRecord, audit: AuditEntry) async throws {
    try await write { database in
      try database.requireContext(variable.context, of: variable.tenant)
      try database.run(
        """
        INSERT INTO variable (tenant, context, name, value, set_at, set_by)
        VALUES (:tenant, :context, :name,
          sealed(:tenant, 'variable.value', :value, :context, :name), :set_at, :set_by)
        ON CONFLICT DO UPDATE SET value = excluded.value, set_at = excluded.set_at,
          set_by = excluded.set_by
        """,
        [
          "tenant": variable.tenant.rawValue, "context": variable.context.rawValue,
          "name": variable.name, "value": variable.value,
          "set_at": variable.setAt.milliseconds, "set_by": variable.setBy,
        ])
      let count = try database.number(
        "SELECT count(*) FROM variable WHERE tenant = ? AND context = ?",
        [variable.tenant.rawValue, variable.context.rawValue])
      guard count <= Self.maximumVariables else {
        throw StoreError(
          code: .overloaded, message: "a context has at most \(Self.maximumVariables) variables")
      }
      try database.append(audit)
    }
  }

  package func variables(
    in context: ContextName, of tenant: TenantName
  ) async throws -> [VariableRecord] {
    try await read { database in
      try database.requireContext(context, of: tenant)
      return try database.variables(in: context, of: tenant)
    }
  }

  package func removeVariable(
    _ name: String, in context: ContextName, of tenant: TenantName, audit: AuditEntry
  ) async throws {
    try await write { database in
      let removed = try database.change(
        "DELETE FROM variable WHERE tenant = ? AND context = ? AND name = ?",
        [tenant.rawValue, context.rawValue, name])
      guard removed == 1 else {
        throw StoreError(
          code: .notFound, message: "there is no such variable in context \(context)")
      }
      try database.append(audit)
    }
  }

  package func variables(
    for pool: PoolName, contexts: [ContextName], of tenant: TenantName
  ) async throws -> [String: String] {
    try await read { try $0.variables(for: pool, contexts: contexts, of: tenant) }
  }

  package func submissionGround(
    for pool: PoolName, contexts: [ContextName], of tenant: TenantName,
    by submitter: GatewayIdentity
  ) async throws -> SubmissionGround {
    try await read { database in
      let standing = try database.standing(of: submitter)
      guard standing == .active else { return SubmissionGround(standing: standing) }
      return SubmissionGround(
        standing: standing,
        variables: try database.variables(for: pool, contexts: contexts, of: tenant))
    }
  }
}

extension Database {
  fileprivate func variables(
    for pool: PoolName, contexts: [ContextName], of tenant: TenantName
  ) throws -> [String: String] {
    for context in contexts { try requireContext(context, of: tenant) }
    var values: [String: String] = [:]
    for context in try self.contexts(of: pool, named: contexts, of: tenant) {
      for variable in try variables(in: context, of: tenant) where values[variable.name] == nil {
        values[variable.name] = variable.value
      }
    }
    return values
  }

  fileprivate func variables(
    in context: ContextName, of tenant: TenantName
  ) throws -> [VariableRecord] {
    try rows(
      "SELECT * FROM variable_view WHERE tenant = ? AND context = ? ORDER BY name LIMIT ?",
      [tenant.rawValue, context.rawValue, SQLiteStore.maximumVariables]
    ).map { row in
      VariableRecord(
        tenant: try row.name("tenant"), context: try row.name("context"),
        name: try row.value("name"), value: try row.value("opened_value"),
        setAt: try row.time("set_at"), setBy: try row.value("set_by"))
    }
  }
}
