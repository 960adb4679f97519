import ArgumentParser
import SallyportProtos

struct AgentList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List VCS agents.")

  @Option(help: "Only agents of this pool.")
  var pool: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_ListAgentsRequest()
    request.pool = pool ?? ""
    let message = request
    let response = try await global.session().call { client, options in
      try await client.listAgents(message, options: options)
    }
    try await global.show(response.agents.map(AgentView.init), as: "agents")
  }
}
