import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportHealth
import SallyportStoreSQLite

/// Every key of `gateway.yaml`.
enum GatewaySettings: HealthSettingsCatalog {
  static let health = HealthSettings(defaultPort: 7446)
  static let agents = ListenerSettings("agents", port: 7443, "workers and VCS agents")
  static let enroll = ListenerSettings("enroll", port: 7444, "enrollment")
  static let operators = ListenerSettings("operator", port: 7445, "operators")
  static let portsFile = Setting.optional(
    "listen.ports-file", .path,
    "Where to write the bound ports, as JSON, once all listeners are open.")

  static let caKey = Setting.required(
    "ca.key-file", .secretFile, "Private key of the gateway CA (PEM).")
  static let caCertificate = Setting.required(
    "ca.certificate-file", .path, "Certificate of the gateway CA (PEM); it verifies all clients.")
  static let serverDirectory = Setting.required(
    "server.directory", .path,
    "Folder of the server's key and certificate, which the gateway renews itself.")
  static let serverNames = Setting.required(
    "server.names", .list(maximumCount: 100),
    "DNS names and IP addresses that clients dial; the server's certificate has them.")
  static let database = Setting.required("store.file", .path, "The SQLite database.")
  static let maximumQueuedWrites = Setting(
    "store.maximum-queued-writes", .integer(in: 16...1_000_000),
    default: SQLiteStoreLimits().maximumQueuedWrites,
    "Transactions that wait for the database; one more is refused.")
  static let reserve = Setting(
    "store.reserve", .byteSize(in: 0...1 << 40), default: SQLiteStoreLimits().reserve,
    "Free space on the database's disk below which no new job is accepted, so that those that run "
      + "can end; below a quarter of it, logs wait with their workers. 0 for none.")

  static let schema = ConfigSchema(
    program: "sallyport-gateway",
    settings: agents.all + enroll.all + operators.all
      + [
        portsFile, caKey, caCertificate, serverDirectory, serverNames, database,
        maximumQueuedWrites, reserve,
      ] + MasterKeySettings.all + health.all + LimitSettings.all + LoggingSetup.settings)
}
