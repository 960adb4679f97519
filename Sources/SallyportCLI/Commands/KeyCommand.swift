import ArgumentParser

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "The customer's keys that sign jobs; works without a gateway.",
    subcommands: [KeyCreate.self, KeyShow.self])
}
