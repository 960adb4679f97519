import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct ContextRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove a context with its secrets and variables.")

  @Argument(help: "Name of the context.")
  var name: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_RemoveContextRequest.with { $0.name = name }
    _ = try await global.session().call { client, options in
      try await client.removeContext(request, options: options)
    }
    try await global.show(AcknowledgementView(id: name, result: "removed"))
  }
}
