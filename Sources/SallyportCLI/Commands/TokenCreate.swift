import ArgumentParser
import SallyportConfig
import SallyportIdentity
import SallyportProtos

struct TokenCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a token that enrolls into a pool.",
    discussion: "The token is shown once; the gateway keeps only its hash.")

  @Option(help: "Pool that the token enrolls into.")
  var pool: String

  @Option(
    help: ArgumentHelp(
      "How long it can be used, at most 720h. Default: 1h.", valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var lifetime: Duration?

  @Option(help: "How often it can be used.")
  var uses: UInt32 = 1

  @Option(
    name: .customLong("token-file"),
    help: "Write the token into this new file (mode 0600) and do not print it.",
    completion: .file())
  var tokenFile: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard uses >= 1 else { throw ValidationError("--uses must be at least 1.") }
  }

  func run() async throws {
    var request = Sallyport_Operator_V1_CreateTokenRequest()
    request.pool = pool
    request.uses = uses
    if let lifetime { request.lifetime = lifetime.proto }
    let message = request
    if let tokenFile, DurableFile.exists(tokenFile) {
      throw IdentityError(.fileExists, "\(tokenFile) exists already and is not overwritten")
    }
    let response = try await global.session().call { client, options in
      try await client.createToken(message, options: options)
    }
    if let tokenFile {
      try DurableFile.create(
        tokenFile, contents: Array((response.token + "\n").utf8), mode: .ownerOnly)
    }
    try await global.show(NewTokenView(response, pool: pool, file: tokenFile))
  }
}
