import Logging
import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportIdentity
import SallyportMetrics
import SallyportStore
import SallyportStoreEncryption
import SallyportStoreSQLite

/// A gateway as its configuration names it: what commands beside `serve` work on.
struct Installation: Sendable {
  let values: ConfigValues
  let ca: GatewayCA
  let store: SQLiteStore
  /// Nil where the database is plain.
  let keyring: TenantKeyring?

  init(_ options: ConfigOptions) throws {
    try self.init(try options.load(GatewaySettings.schema))
  }

  /// - Parameter metrics: Of the store.
  init(_ values: ConfigValues, metrics: StoreMetrics = StoreMetrics(in: MetricsRegistry())) throws {
    self.values = values
    ca = try values.using(GatewaySettings.caCertificate) { certificate in
      try GatewayCA.load(keyPath: values[GatewaySettings.caKey], certificatePath: certificate)
    }
    var limits = SQLiteStoreLimits()
    limits.maximumQueuedWrites = values[GatewaySettings.maximumQueuedWrites]
    limits.reserve = values[GatewaySettings.reserve]
    keyring = try values.tenantKeyring()
    store = try values.using(GatewaySettings.database) { [limits, keyring] path in
      do {
        return try SQLiteStore(
          path: path, creating: false, keyring: keyring, limits: limits, metrics: metrics)
      } catch let error as StoreError where error.code == .missing {
        throw ErrorReport(
          "\(error); 'sallyport-gateway init' makes one", exitCode: ExitCode.configuration)
      }
    }
  }

  /// Opens the keys of all tenants, so that one that is missing shows before anybody is served.
  ///
  /// - Throws: ``ErrorReport`` with exit code 78.
  func openKeys(_ logger: Logger) async throws {
    guard store.isEncrypted else {
      logger.warning(
        "the database is not encrypted: see store.master-key, and 'sallyport-gateway keys encrypt'")
      return
    }
    do {
      for tenant in try await store.refuseDestroyed(at: GatewayClock.system().now) {
        logger.warning(
          "the database was restored from a backup of before its tenant was purged; run 'tenant purge'",
          metadata: ["tenant": "\(tenant)"])
      }
      try await store.openKeys()
    } catch let error as StoreError where error.code == .encryption {
      throw ErrorReport("\(error)", exitCode: ExitCode.configuration)
    }
  }

  /// What operators dial.
  func operatorEndpoint() throws -> HostPort {
    _ = try serverNames()
    let host = values[GatewaySettings.serverNames].first ?? ""
    return HostPort(host: host, port: values[GatewaySettings.operators.port])
  }

  /// What clients dial: at least one name.
  func serverNames() throws -> ServerNames {
    try values.using(GatewaySettings.serverNames) { names in
      guard !names.isEmpty else {
        throw ErrorReport("name what clients dial", exitCode: ExitCode.configuration)
      }
      return try ServerNames(names)
    }
  }
}
