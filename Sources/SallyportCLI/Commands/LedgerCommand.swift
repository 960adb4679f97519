import ArgumentParser

struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "The record that a worker or VCS agent keeps of its own; works without a gateway.",
    subcommands: [LedgerList.self, LedgerVerify.self])
}
