import FoundationEssentials
import Testing

extension Stack {
  /// Runs a command of the gateway's own, beside the one that serves.
  nonisolated func gatewayCommand(_ arguments: [String]) async throws -> CommandResult {
    try await executables.run(
      "sallyport-gateway", arguments + ["--config", "\(data)/gateway/gateway.yaml"])
  }

  /// What a database holds of a tenant, read without any key.
  struct TenantRows: Decodable, Sendable {
    /// By table.
    let tables: [String: [String]]
    /// How many rows each view has.
    let views: [String: Int]
    let tombstones: [String]
    let purgeBegan: Bool

    enum CodingKeys: String, CodingKey {
      case tables, views, tombstones
      case purgeBegan = "purge_began"
    }

    /// Tables that have any.
    var names: Set<String> { Set(tables.filter { !$0.value.isEmpty }.keys) }
  }

  /// - Parameter database: Its file; nil for the one that the gateway serves from.
  nonisolated func rows(of tenant: String, in database: String? = nil) async throws -> TenantRows {
    let result = try await executables.run(
      "/usr/bin/python3",
      [
        "\(SecretsCustomer.resources)/tenant_rows.py", database ?? "\(data)/gateway/gateway.db",
        tenant,
      ])
    try #require(result.status == 0, "\(result.errorText)")
    return try JSONDecoder().decode(TenantRows.self, from: Data(result.output))
  }
}
