import ArgumentParser
import SallyportConfig
import SallyportHTTP2
import SallyportHealth
import SallyportStoreSQLite
import SallyportTLS

struct GatewayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sallyport-gateway",
    abstract: "Dispatches jobs to workers and carries their Git fetches, without seeing inside.",
    version: VersionReport(
      program: "sallyport-gateway",
      libraries: [
        OpenSSLLibrary.version, "nghttp2 \(NGHTTP2Library.version)",
        "SQLite \(SQLiteStore.libraryVersion)",
      ]
    ).text,
    subcommands: [
      InitCommand.self, ServeCommand.self, BackupCommand.self, DoctorCommand.self,
      TenantCommand.self, OperatorCommand.self, KeysCommand.self,
      HealthCommand<GatewaySettings>.self,
      ConfigReferenceCommand<GatewaySettings>.self, MetricsReferenceCommand<ProcessCatalog>.self,
    ])
}
