import ArgumentParser

struct AgentCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent", abstract: "VCS agents.",
    subcommands: [AgentList.self, AgentRevoke.self])
}
