import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct ContextCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make an empty context.")

  @Argument(help: "Its name: 1 to 63 of a-z, 0-9 and '-'.")
  var name: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_CreateContextRequest.with { $0.name = name }
    let made = try await global.session().call { client, options in
      try await client.createContext(request, options: options)
    }
    try await global.show(ContextView(made))
  }
}
