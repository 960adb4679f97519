import ArgumentParser
import SallyportSealing

struct SealingKeyShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the id of a public key that is sealed to.")

  @Argument(help: "File of the public key (PEM).", completion: .file())
  var file: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try await global.show(SealingKeyView(id: try SealingPublicKey(file: file).id, file: file))
  }
}
