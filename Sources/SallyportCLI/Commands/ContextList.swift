import ArgumentParser
import SallyportProtos

struct ContextList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List contexts.")

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let response = try await global.session().call { client, options in
      try await client.listContexts(.init(), options: options)
    }
    try await global.show(response.contexts.map(ContextView.init), as: "contexts")
  }
}
