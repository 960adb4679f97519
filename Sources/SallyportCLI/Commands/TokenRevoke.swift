import ArgumentParser
import SallyportProtos

struct TokenRevoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Make a token useless.",
    discussion: "What has enrolled with it stays enrolled.")

  @Argument(help: "Id of the token, not the token itself.")
  var id: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_RevokeTokenRequest()
    request.tokenID = id
    let message = request
    _ = try await global.session().call { client, options in
      try await client.revokeToken(message, options: options)
    }
    try await global.show(AcknowledgementView(id: id, result: "revoked"))
  }
}
