import ArgumentParser
import SallyportConfig
import SallyportGit
import SallyportHTTP2
import SallyportHealth
import SallyportTLS

struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sallyport-worker",
    abstract: "Takes jobs from a Sallyport gateway and runs them on this host.",
    version: VersionReport(
      program: "sallyport-worker",
      libraries: [
        OpenSSLLibrary.version, "nghttp2 \(NGHTTP2Library.version)",
        "libgit2 \(LibGit2.version)",
      ]
    ).text,
    subcommands: [
      EnrollCommand.self, RunCommand.self, PermissionsCommand.self,
      HealthCommand<WorkerCatalog>.self,
      ConfigReferenceCommand<WorkerCatalog>.self, MetricsReferenceCommand<ProcessCatalog>.self,
    ])
}
