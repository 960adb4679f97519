import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportIdentity
import SallyportStoreEncryption
import SallyportStoreSQLite

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract:
      "Make a gateway: CA, server certificate, configuration, database, first operator.")

  @Option(help: "Folder to make; it holds the CA's key.", completion: .directory) var dir: String
  @Option(help: "Trust domain of the identities that this gateway issues.") var trustDomain: String?
  @Option(help: "Name of the first tenant.") var tenant = "default"
  @Option(name: .customLong("operator"), help: "Name of the first operator.")
  var operatorName = "admin"
  @Option(
    name: .customLong("host-name"),
    help: "DNS name or IP address that clients dial; may be repeated.")
  var hostNames: [String] = []

  @Flag(help: "Do not encrypt the database.") var plain = false

  func run() async throws {
    let names = hostNames.isEmpty ? ["localhost"] : hostNames
    let tenant = try TenantName(tenant)
    let operatorName = try OperatorName(operatorName)
    let ca = try GatewayCA.create(trustDomain: trustDomain ?? names[0])
    let serverNames = try ServerNames(names)

    try NewFolder.create(dir)
    try ca.save(keyPath: "\(dir)/ca-key.pem", certificatePath: "\(dir)/ca.pem")
    try NewFolder.create("\(dir)/server")
    try ServerCertificate.issue(
      from: ca, names: serverNames, lifetime: GatewayLimits().certificateLifetime,
      to: CredentialFiles(directory: "\(dir)/server"))
    let store = try SQLiteStore(
      path: "\(dir)/gateway.db", creating: true, keyring: try makeKeyring())
    try await store.createTenant(tenant)
    try await OperatorFolder(
      ca: ca, store: store,
      endpoint: HostPort(host: names[0], port: Self.operatorPort)
    ).create(
      at: "\(dir)/operator", tenant: tenant, name: operatorName,
      lifetime: GatewayLimits().operatorCertificateLifetime)
    try await store.close()
    // Last, so that a folder with a configuration is a whole one.
    try DurableFile.create(
      "\(dir)/gateway.yaml", contents: Array(configuration(names).utf8), mode: .readableByAll)
    print(
      """
      gateway \(ca.trustDomain): \(dir)
      operator \(operatorName) of tenant \(tenant): \(dir)/operator
      next: sallyport-gateway serve --config \(dir)/gateway.yaml
      """)
  }

  private static let operatorPort = 7445
  private static let masterKey = "master.key"
  private static let tenantKeys = "tenant-keys"
  private static let keys = """
      tenant-keys: \(tenantKeys)
      # Protects the database; better kept elsewhere than beside it.
      master-key:
        file: \(masterKey)

    """

  private func makeKeyring() throws -> TenantKeyring? {
    guard !plain else { return nil }
    return TenantKeyring(
      folder: "\(dir)/\(Self.tenantKeys)",
      master: try LocalMasterKey.create(file: "\(dir)/\(Self.masterKey)"))
  }

  private func configuration(_ names: [String]) -> String {
    let list = names.map { "    - \"\($0)\"" }.joined(separator: "\n")
    return """
      # Configuration of sallyport-gateway. Every key: docs/operations.md. Relative paths begin at
      # this file's folder.
      listen:
        agents:
          host: 0.0.0.0
          port: 7443
        enroll:
          host: 0.0.0.0
          port: 7444
        operator:
          host: 0.0.0.0
          port: \(Self.operatorPort)
      ca:
        key-file: ca-key.pem
        certificate-file: ca.pem
      server:
        directory: server
        names:
      \(list)
      store:
        file: gateway.db
      \(plain ? "" : Self.keys)
      """
  }
}
