import SallyportConfig
import SallyportCore
import SallyportStoreEncryption

/// Which key wraps the tenants' keys.
enum MasterKeySettings {
  static let file = Setting.optional(
    "store.master-key.file", .secretFile,
    "The master key of the database: 32 random bytes in Base64. With this or another master key, "
      + "what tenants put into the database is encrypted.")
  static let environment = Setting.optional(
    "store.master-key.environment", .string,
    "Name of the environment variable that holds the master key, in the same form.")
  static let command = Setting.optional(
    "store.master-key.command.name", .string,
    "Name of a master key that commands hold: another name is another key.")
  static let wrap = Setting(
    "store.master-key.command.wrap", .list(maximumCount: 64), default: [],
    "Program and arguments that wrap what they read from standard input.")
  static let unwrap = Setting(
    "store.master-key.command.unwrap", .list(maximumCount: 64), default: [],
    "Program and arguments that unwrap it again.")
  static let tenantKeys = Setting.optional(
    "store.tenant-keys", .path,
    "Folder of the tenants' wrapped keys; without it, the database's name with `.keys`.")

  static let all: [any SettingDeclaration] = [
    file, environment, command, wrap, unwrap, tenantKeys,
  ]
}

extension ConfigValues {
  /// Nil where none is configured.
  ///
  /// - Throws: ``ErrorReport`` with exit code 78 where there are several, or where it is of no use.
  func masterKey() throws -> (any MasterKey)? {
    var keys: [any MasterKey] = []
    if let key = try using(
      MasterKeySettings.file, { try $0.map { try LocalMasterKey(file: $0) } })
    {
      keys.append(key)
    }
    if let key = try using(
      MasterKeySettings.environment, { try $0.map { try LocalMasterKey(variable: $0) } })
    {
      keys.append(key)
    }
    if let name = self[MasterKeySettings.command] { keys.append(try commandMasterKey(name)) }
    guard keys.count < 2 else {
      throw ErrorReport(
        "store.master-key: name a file, a variable or a command, and one of them only",
        exitCode: ExitCode.configuration)
    }
    return keys.first
  }

  /// Nil where no master key is configured.
  func tenantKeyring() throws -> TenantKeyring? {
    guard let master = try masterKey() else { return nil }
    return TenantKeyring(
      folder: self[MasterKeySettings.tenantKeys] ?? self[GatewaySettings.database] + ".keys",
      master: master)
  }

  private func commandMasterKey(_ name: String) throws -> CommandMasterKey {
    CommandMasterKey(
      name: name,
      wrap: try using(MasterKeySettings.wrap) { try KeyCommand($0) },
      unwrap: try using(MasterKeySettings.unwrap) { try KeyCommand($0) })
  }
}
