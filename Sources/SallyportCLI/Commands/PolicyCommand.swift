import ArgumentParser

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "The customer's admission policies; works without a gateway.",
    subcommands: [PolicyTest.self])
}
