import ArgumentParser

struct SealingKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sealing-key",
    abstract: "The customer's keys that secrets and logs are sealed to; works without a gateway.",
    subcommands: [SealingKeyCreate.self, SealingKeyShow.self, SealingKeyCertify.self])
}
