import ArgumentParser
import SallyportConfig

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Take jobs until told to stop (SIGTERM).")

  @OptionGroup var config: ConfigOptions

  func run() async throws {
    _ = try config.load(WorkerCatalog.schema)
  }
}
