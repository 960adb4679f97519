import ArgumentParser

struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Workers.",
    subcommands: [WorkerList.self, WorkerDrain.self, WorkerRevoke.self])
}
