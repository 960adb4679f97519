import ArgumentParser

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Enrollment tokens.",
    subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self])
}
