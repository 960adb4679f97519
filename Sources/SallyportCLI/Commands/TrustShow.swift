import ArgumentParser
import SallyportIdentity

struct TrustShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the trust root, or a certificate below it.",
    discussion: "Needs no key. Certificates of workers, agents and operators can be shown, too.")

  @Option(help: "A certificate file instead of the root.", completion: .file(extensions: ["pem"]))
  var certificate: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let file = try certificate ?? TrustRootFiles(global).certificatePath
    let chain = try CertificateFile.load(file)
    try await global.show(
      CertificateView(try CertificateSummary(der: chain[0]), trustDomain: nil, file: file))
  }
}
