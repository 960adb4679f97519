import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportIdentity
import SallyportStore
import SallyportStoreSQLite

/// Makes the folder that an operator takes away: key, certificate, CA and `operator.yaml`.
struct OperatorFolder: Sendable {
  let ca: GatewayCA
  let store: SQLiteStore
  let endpoint: HostPort

  func create(
    at path: String, tenant: TenantName, name: OperatorName, lifetime: Duration
  ) async throws {
    try NewFolder.create(path)
    let key = try PrivateKeyFile.create("\(path)/key.pem")
    let request = try CertificateRequest(verifying: try key.certificateRequest())
    let issued = try ca.issue(
      for: request, identity: .operatorNamed(tenant: tenant, name: name), lifetime: lifetime)
    try await store.recordOperator(
      name, of: tenant, certificate: CertificateRecord(issued),
      audit: .local("operator.issue", tenant: tenant, object: name.rawValue))
    try DurableFile.create(
      "\(path)/certificate.pem", contents: Array(issued.pem.utf8), mode: .readableByAll)
    try DurableFile.create(
      "\(path)/ca.pem", contents: Array(CertificatePEM.encode([ca.certificate]).utf8),
      mode: .readableByAll)
    let settings = """
      gateway:
        endpoint: "\(endpoint)"
        server-name: "\(endpoint.host)"
        trust-domain: "\(ca.trustDomain)"

      """
    try DurableFile.create(
      "\(path)/operator.yaml", contents: Array(settings.utf8), mode: .readableByAll)
  }
}

extension AuditEntry {
  /// A decision of whoever runs this command on the gateway's own host.
  static func local(
    _ action: String, tenant: TenantName, object: String, detail: String = ""
  ) -> AuditEntry {
    AuditEntry(
      tenant: tenant, time: GatewayClock.system().now, actor: "", action: action, object: object,
      detail: ["on the gateway's host", detail].filter { !$0.isEmpty }.joined(separator: ": "))
  }
}
