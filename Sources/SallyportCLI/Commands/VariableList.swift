import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct VariableList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the variables of a context.")

  @Option(help: "Context of the variables.")
  var context: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_ListVariablesRequest.with { $0.context = context }
    let response = try await global.session().call { client, options in
      try await client.listVariables(request, options: options)
    }
    try await global.show(response.variables.map(VariableView.init), as: "variables")
  }
}
