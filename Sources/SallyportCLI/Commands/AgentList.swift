import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct AgentList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List VCS agents.")

  @Option(help: "Only agents of this pool.")
  var pool: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let agents = try await global.session().call { [pool] client, options in
      try await Pages.items { token, _ in
        let page = try await client.listAgents(
          .with {
            $0.pool = pool ?? ""
            $0.pageToken = token
          }, options: options)
        return (page.agents, page.nextPageToken)
      }
    }
    try await global.show(agents.map(AgentView.init), as: "agents")
  }
}
