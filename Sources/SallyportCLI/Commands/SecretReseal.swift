import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportProtos
import SallyportSealing

struct SecretReseal: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reseal", abstract: "Seal a pool's secrets to its newest key.",
    discussion: """
      For each secret of context and pool that is sealed to another key than the newest certified one, \
      takes the value from the file of its name in a directory of yours and seals it again. The gateway \
      gives nothing back, and has no part in it. Workers keep the earlier private key until then.
      """)

  @OptionGroup var sealing: SealingOptions

  @Option(
    name: .customLong("from-dir"), help: "Directory with a file for each secret, of its name.",
    completion: .directory)
  var directory: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let session = try global.session()
    let context = try ContextName(sealing.context)
    let key = try await sealing.poolKey(session)
    let sealer = SecretSealing(session: session, key: key, context: context)
    var resealed: [SecretView] = []
    for secret in try await sealer.list(includeRemoved: false) where secret.keyID != "\(key.id)" {
      // The gateway names the file to read: it must stay in the directory.
      guard !secret.name.contains("/"), !secret.name.hasPrefix(".") else {
        throw ErrorReport(
          "the gateway names a secret that cannot be one",
          exitCode: SallyportCore.ExitCode.dataError)
      }
      let value = try ValueInput.file(
        "\(directory)/\(secret.name)", maximum: SealedSecret.maximumValue)
      resealed.append(SecretView(try await sealer.set(Secret(value), as: secret.name)))
    }
    try await global.show(resealed, as: "secrets")
  }
}
