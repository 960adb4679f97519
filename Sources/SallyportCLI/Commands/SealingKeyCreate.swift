import ArgumentParser
import SallyportCore
import SallyportIdentity
import SallyportSealing

struct SealingKeyCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make an X25519 key to which secrets or logs are sealed.",
    discussion: """
      Writes the private key to FILE, readable by its owner only, and the public key to FILE.pub, \
      which is what logs.seal-to of workers names and 'sealing-key certify' certifies. Nothing is \
      overwritten.
      """)

  @Argument(help: "File of the private key.", completion: .file())
  var file: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let key = try SealingKey.generate()
    try DurableFile.create(
      file, contents: key.pem.withValue { Array($0.utf8) }, mode: .ownerOnly)
    try DurableFile.create(
      "\(file).pub", contents: Array(key.publicKey.pem.utf8), mode: .readableByAll)
    try await global.show(SealingKeyView(id: key.id, file: "\(file).pub"))
  }
}
