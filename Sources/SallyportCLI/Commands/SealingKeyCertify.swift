import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportSealing

struct SealingKeyCertify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certify", abstract: "Certify a key as that of a worker pool's secrets.",
    discussion: """
      Signs a certificate with the trust root in the directory given with --dir. Secrets are sealed to \
      no other keys than those that it has certified for the pool, so that a gateway cannot put in its \
      own. Writes nothing over.
      """)

  @Option(help: "Tenant of the pool.")
  var tenant: String

  @Option(help: "Worker pool whose workers have the private key.")
  var pool: String

  @Option(help: "File of the public key (PEM).", completion: .file())
  var key: String

  @Option(help: "File to write the certificate to.", completion: .file())
  var out: String

  @Option(
    help: ArgumentHelp(
      "How long the certificate is valid. Default: "
        + "\(DurationText.format(CertificateLifetime.poolKey)), 365 days.", valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var lifetime: Duration = CertificateLifetime.poolKey

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard lifetime >= .seconds(60) else {
      throw ValidationError("--lifetime must be at least 1m.")
    }
  }

  func run() async throws {
    let root = try TrustRootFiles(global).load()
    let tenant = try TenantName(tenant)
    let pool = try PoolName(pool)
    let publicKey = try SealingPublicKey(file: key)
    let certificate = try root.certify(
      poolKey: publicKey.bytes, tenant: tenant, pool: pool, lifetime: lifetime)
    _ = try PoolKey(
      certificate: certificate, tenant: tenant, pool: pool, roots: [root.certificate])
    try DurableFile.create(
      out, contents: Array(CertificatePEM.encode([certificate]).utf8), mode: .readableByAll)
    try await global.show(SealingKeyView(id: publicKey.id, file: out))
  }
}
