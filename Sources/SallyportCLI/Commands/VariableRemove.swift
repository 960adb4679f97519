import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct VariableRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove a variable of a context.")

  @Argument(help: "Name of the variable.")
  var name: String

  @Option(help: "Context of the variable.")
  var context: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_RemoveVariableRequest.with {
      $0.context = context
      $0.name = name
    }
    _ = try await global.session().call { client, options in
      try await client.removeVariable(request, options: options)
    }
    try await global.show(AcknowledgementView(id: name, result: "removed"))
  }
}
