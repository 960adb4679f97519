import FoundationEssentials
import SallyportCore
import SallyportIdentity
import Testing

extension Stack {
  static let gatewayTrustDomain = "gateway.example"

  /// The gateway's own, with its key.
  nonisolated func gatewayCA() throws -> GatewayCA {
    try GatewayCA.load(
      keyPath: "\(data)/gateway/ca-key.pem", certificatePath: "\(data)/gateway/ca.pem")
  }

  /// The customer's own, with its key.
  nonisolated func trustRoot() throws -> TrustRoot {
    try TrustRoot.load(
      keyPath: "\(data)/trust-root/root-key.pem", certificatePath: "\(data)/trust-root/root.pem")
  }

  /// The first tenant's name, as its operator's certificate says.
  nonisolated func tenant() async throws -> String {
    let id = try #require(try await operatorCredentials().leaf.spiffeID)
    return try #require(GatewayIdentity(id)?.tenant).rawValue
  }

  /// What `enroll` has left with a worker or VCS agent.
  nonisolated func outerCredentials(of name: String) throws -> Credentials {
    try CredentialFiles(directory: "\(data)/\(name)/identity", rootsName: "gateway-ca.pem").load()
  }

  nonisolated func innerCredentials(of name: String) throws -> Credentials {
    try CredentialFiles(directory: "\(data)/\(name)/trust", rootsName: "root.pem").load()
  }

  nonisolated func operatorCredentials() async throws -> Credentials {
    try CredentialFiles(directory: await endpoints.operatorDirectory).load()
  }

  /// Another tenant. What is enrolled from now on is of that tenant.
  /// - Returns: Its operator's folder.
  func makeTenant(_ name: String) async throws -> String {
    try await command("tenant", name)[0]
  }

  /// What `audit list --output json` says.
  struct AuditRecord: Decodable, Hashable, Sendable {
    let actor: String
    let action: String
    let object: String
    let decision: String
    let detail: String
  }

  /// All audit records of a tenant.
  /// - Parameter directory: Its operator's folder; nil for the first tenant's.
  nonisolated func auditRecords(operator directory: String? = nil) async throws -> [AuditRecord] {
    struct Page: Decodable { let records: [AuditRecord] }
    let result = try await sallyport(
      ["audit", "list", "--limit", "10000", "--output", "json"], operator: directory)
    try #require(result.status == 0, "audit list: \(result.errorText)")
    return try JSONDecoder().decode(Page.self, from: Data(result.output)).records
  }

  /// Peers that were turned away before any call, as "LISTENER DETAIL". No operator's command shows
  /// them, since they belong to no tenant.
  nonisolated func refusedConnections() async throws -> [String] {
    let query = """
      import sqlite3, sys
      database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
      for row in database.execute(
              "SELECT object, detail FROM audit WHERE action = 'connection.open'"
              " AND decision = 'denied' AND actor = '' ORDER BY sequence"):
          print(*row)
      """
    let result = try await executables.run(
      "/usr/bin/python3", ["-c", query, "\(data)/gateway/gateway.db"])
    try #require(result.status == 0, "\(result.errorText)")
    return result.text.split(separator: "\n").map(String.init)
  }
}
