import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportSigning

struct JobVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify a signed job's signature and show what was signed.",
    discussion: """
      Works without a gateway. Says nothing about whether a worker would run the job now: its time, \
      pool and external ID are shown, and its runs are counted by workers only. Ends with 65 where \
      the job is not signed by one of the keys.
      """)

  @Argument(help: "File of the signed job.", completion: .file())
  var file: String

  @Option(help: "File of a public key that may have signed it; may be repeated.")
  var key: [String]

  @Option(help: "File of revoked key ids.", completion: .file())
  var revoked: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let file = try SignedJobFile(file)
    let keys = try SigningKeyFiles(trusted: key, revoked: revoked).load()
    let signed: SignedJob
    do {
      signed = try SignedJob.verify(file.envelope, keys: keys)
    } catch {
      throw ErrorReport("\(self.file): \(error)", exitCode: SallyportCore.ExitCode.dataError)
    }
    try await global.show(SignedJobView(signed.statement, signer: signed.signer, file: self.file))
  }
}
