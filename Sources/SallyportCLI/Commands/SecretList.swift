import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct SecretList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the sealed secrets of a context; never their values.")

  @Option(help: "Context of the secrets.")
  var context: String

  @Option(help: "Only those sealed for this worker pool.")
  var pool: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_ListSecretsRequest.with {
      $0.context = context
      $0.pool = pool ?? ""
    }
    let response = try await global.session().call { client, options in
      try await client.listSecrets(request, options: options)
    }
    try await global.show(response.secrets.map(SecretView.init), as: "secrets")
  }
}
