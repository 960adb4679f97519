import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportStoreSQLite

/// A gateway as its configuration names it: what commands beside `serve` work on.
struct Installation: Sendable {
  let values: ConfigValues
  let ca: GatewayCA
  let store: SQLiteStore

  init(_ options: ConfigOptions) throws {
    try self.init(try options.load(GatewaySettings.schema))
  }

  init(_ values: ConfigValues) throws {
    self.values = values
    ca = try GatewayCA.load(
      keyPath: values[GatewaySettings.caKey], certificatePath: values[GatewaySettings.caCertificate]
    )
    var limits = SQLiteStoreLimits()
    limits.maximumQueuedWrites = values[GatewaySettings.maximumQueuedWrites]
    store = try SQLiteStore(
      path: values[GatewaySettings.database], creating: false, limits: limits)
  }

  /// What operators dial.
  func operatorEndpoint() throws -> HostPort {
    guard let name = values[GatewaySettings.serverNames].first else {
      throw ErrorReport("server.names is empty", exitCode: ExitCode.configuration)
    }
    return HostPort(host: name, port: values[GatewaySettings.operators.port])
  }
}
