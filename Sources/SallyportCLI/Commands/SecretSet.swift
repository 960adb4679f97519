import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportSealing

struct SecretSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Seal a value and store it.",
    discussion: """
      The value comes from standard input, byte for byte, from a file, or from a prompt; never from an \
      argument. It is sealed here, to the key of the pool that your trust root has certified: the \
      gateway stores what it cannot open.
      """)

  @Argument(help: "Name of the secret, as jobs name it.")
  var name: String

  @OptionGroup var sealing: SealingOptions

  @Option(
    name: .customLong("from-file"), help: "File with the value, byte for byte.",
    completion: .file())
  var file: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let session = try global.session()
    let context = try ContextName(sealing.context)
    let key = try await sealing.poolKey(session)
    let value: [UInt8]
    if let file {
      value = try ValueInput.file(file, maximum: SealedSecret.maximumValue)
    } else {
      value = try session.context.input("value of \(name)", SealedSecret.maximumValue)
    }
    guard !value.isEmpty else {
      throw ErrorReport("the value is empty", exitCode: SallyportCore.ExitCode.dataError)
    }
    let stored = try await SecretSealing(session: session, key: key, context: context)
      .set(Secret(value), as: name)
    try await global.show(SecretView(stored))
  }
}
