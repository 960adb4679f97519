import ArgumentParser

struct SecretCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secret",
    abstract: "Secrets that are sealed here and opened by workers only.",
    subcommands: [SecretSet.self, SecretList.self, SecretRemove.self, SecretReseal.self])
}
