import ArgumentParser
import SallyportConfig

struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sallyport-worker",
    abstract: "Runs a Sallyport worker: takes jobs from a gateway and runs them on this host.",
    version: VersionReport(program: "sallyport-worker").text,
    subcommands: [RunCommand.self, ConfigReferenceCommand<WorkerCatalog>.self])
}
