import ArgumentParser

struct VariableCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "variable",
    abstract: "Variables of contexts, which are not secret: the gateway reads them.",
    subcommands: [VariableSet.self, VariableList.self, VariableRemove.self])
}
