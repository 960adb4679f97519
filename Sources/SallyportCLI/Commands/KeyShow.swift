import ArgumentParser
import SallyportSigning

struct KeyShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the id of a public key that signs jobs.")

  @Argument(help: "File of the public key (PEM).", completion: .file())
  var file: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try await global.show(SigningKeyView(id: try JobVerificationKey(file: file).id, file: file))
  }
}
