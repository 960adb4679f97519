import ArgumentParser
import SallyportCore
import SallyportIdentity
import SallyportSigning

struct KeyCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make an Ed25519 key that signs jobs.",
    discussion: """
      Writes the private key to FILE, readable by its owner only, and the public key to FILE.pub, \
      which is what signing-keys.trusted of workers and VCS agents names. Nothing is overwritten.
      """)

  @Argument(help: "File of the private key.", completion: .file())
  var file: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let key = JobSigningKey.generate()
    try DurableFile.create(
      file, contents: key.pem.withValue { Array($0.utf8) }, mode: .ownerOnly)
    try DurableFile.create(
      "\(file).pub", contents: Array(key.publicKey.pem.utf8), mode: .readableByAll)
    try await global.show(SigningKeyView(id: key.id, file: "\(file).pub"))
  }
}
