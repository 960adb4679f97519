import ArgumentParser

struct TrustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "The customer's trust root, which works without a gateway.",
    subcommands: [TrustInit.self, TrustIssue.self, TrustShow.self])
}
