import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportIdentity

struct TrustIssue: AsyncParsableCommand {
  enum Role: String, CaseIterable, ExpressibleByArgument {
    case worker
    case vcsAgent = "vcs-agent"
  }

  static let configuration = CommandConfiguration(
    commandName: "issue", abstract: "Issue an inner certificate to a worker or VCS agent.",
    discussion: """
      Makes a key and writes key.pem, certificate.pem and root.pem into the directory given with \
      --out, which is the 'trust' folder of a worker's or agent's state directory. Issuing again \
      replaces key and certificate.
      """)

  @Option(help: "Who the certificate is for.")
  var role: Role

  @Option(help: "Its name: 1 to 63 of a-z, 0-9 and '-'.")
  var name: String

  @Option(help: "Directory to write into.", completion: .directory)
  var out: String

  @Option(
    help: ArgumentHelp(
      "How long the certificate is valid. Default: \(DurationText.format(CertificateLifetime.inner)), "
        + "90 days.", valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var lifetime: Duration = CertificateLifetime.inner

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard lifetime >= .seconds(60) else {
      throw ValidationError("--lifetime must be at least 1m.")
    }
  }

  func run() async throws {
    let root = try TrustRootFiles(global).load()
    let inner = try InnerName(name)
    let key = SigningKey.generate()
    let issued = try root.issue(
      for: try CertificateRequest(verifying: try key.certificateRequest()),
      identity: role == .worker ? .worker(inner) : .agent(inner), lifetime: lifetime)
    try TrustRootFiles.makeDirectory(out)
    let credentials = CredentialFiles(directory: out, rootsName: "root.pem")
    try credentials.replace(key: key, chain: issued.chain, roots: [root.certificate])
    try await global.show(
      CertificateView(
        try CertificateSummary(der: issued.chain[0]), trustDomain: root.trustDomain,
        file: credentials.certificatePath))
  }
}
