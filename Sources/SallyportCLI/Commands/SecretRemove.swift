import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct SecretRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove a sealed secret.")

  @Argument(help: "Name of the secret.")
  var name: String

  @Option(help: "Context of the secret.")
  var context: String

  @Option(help: "Worker pool for which it was sealed.")
  var pool: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_RemoveSecretRequest.with {
      $0.context = context
      $0.pool = pool
      $0.name = name
    }
    _ = try await global.session().call { client, options in
      try await client.removeSecret(request, options: options)
    }
    try await global.show(AcknowledgementView(id: name, result: "removed"))
  }
}
