import ArgumentParser
import SallyportProtos

struct TokenList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List enrollment tokens.")

  @Option(help: "Only tokens of this pool.")
  var pool: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_ListTokensRequest()
    request.pool = pool ?? ""
    let message = request
    let response = try await global.session().call { client, options in
      try await client.listTokens(message, options: options)
    }
    try await global.show(response.tokens.map(TokenView.init), as: "tokens")
  }
}
