import ArgumentParser
import SallyportIdentity

struct TrustInit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a trust root: the customer's own CA.",
    discussion: """
      Writes root.pem and root-key.pem into the directory given with --dir. Keep root-key.pem away \
      from the gateway, from workers and from agents; only 'trust issue' needs it.
      """)

  @Option(
    name: .customLong("trust-domain"),
    help: "The customer's own trust domain, for example git.example.com.")
  var trustDomain: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let files = try TrustRootFiles(global)
    let root = try TrustRoot.create(trustDomain: trustDomain)
    try files.makeDirectory()
    try root.save(keyPath: files.keyPath, certificatePath: files.certificatePath)
    try await global.show(
      CertificateView(
        try root.summary(), trustDomain: root.trustDomain, file: files.certificatePath))
  }
}
