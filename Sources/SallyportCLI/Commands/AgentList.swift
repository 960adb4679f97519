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
    let first = request
    let agents = try await global.session().call { client, options in
      var request = first
      var agents: [Sallyport_Operator_V1_Agent] = []
      repeat {
        let page = try await client.listAgents(request, options: options)
        agents += page.agents
        request.pageToken = page.agents.isEmpty ? "" : page.nextPageToken
      } while !request.pageToken.isEmpty
      return agents
    }
    try await global.show(agents.map(AgentView.init), as: "agents")
  }
}
