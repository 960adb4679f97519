import SallyportConfig
import SallyportCore
import SallyportStoreEncryption

/// A key that wraps the tenants' keys: a file, a variable or commands.
struct MasterKeySettings: Sendable {
  static let current = MasterKeySettings(
    "store.master-key",
    "The master key of the database: 32 random bytes in Base64. With this or another master key, "
      + "what tenants put into the database is encrypted.")
  static let next = MasterKeySettings(
    "store.new-master-key",
    "The master key by which 'keys rotate-master' wraps the tenants' keys, in the same form. While "
      + "it is named, either opens them.")
  static let tenantKeys = Setting.optional(
    "store.tenant-keys", .path,
    "Folder of the tenants' wrapped keys; without it, the database's name with `.keys`.")

  static let all: [any SettingDeclaration] = current.all + next.all + [tenantKeys]

  let name: String
  let file: Setting<String?>
  let environment: Setting<String?>
  let command: Setting<String?>
  let wrap: Setting<[String]>
  let unwrap: Setting<[String]>

  init(_ name: String, _ purpose: String) {
    self.name = name
    file = .optional("\(name).file", .secretFile, purpose)
    environment = .optional(
      "\(name).environment", .string,
      "Name of the environment variable that holds the master key, in the same form.")
    command = .optional(
      "\(name).command.name", .string,
      "Name of a master key that commands hold: another name is another key.")
    wrap = Setting(
      "\(name).command.wrap", .list(maximumCount: 64), default: [],
      "Program and arguments that wrap what they read from standard input.")
    unwrap = Setting(
      "\(name).command.unwrap", .list(maximumCount: 64), default: [],
      "Program and arguments that unwrap it again.")
  }

  var all: [any SettingDeclaration] { [file, environment, command, wrap, unwrap] }
}

extension ConfigValues {
  /// Nil where none is configured.
  ///
  /// - Throws: ``ErrorReport`` with exit code 78 where there are several, or where it is of no use.
  private func masterKey(_ settings: MasterKeySettings) throws -> (any MasterKey)? {
    var keys: [any MasterKey] = []
    if let key = try using(settings.file, { try $0.map { try LocalMasterKey(file: $0) } }) {
      keys.append(key)
    }
    if let key = try using(
      settings.environment, { try $0.map { try LocalMasterKey(variable: $0) } })
    {
      keys.append(key)
    }
    if let name = self[settings.command] { keys.append(try commandMasterKey(name, settings)) }
    guard keys.count < 2 else {
      throw ErrorReport(
        "\(settings.name): name a file, a variable or a command, and one of them only",
        exitCode: ExitCode.configuration)
    }
    return keys.first
  }

  /// Nil where no master key is configured.
  func tenantKeyring() throws -> TenantKeyring? {
    guard let master = try masterKey(.current) else { return nil }
    return TenantKeyring(
      folder: self[MasterKeySettings.tenantKeys] ?? self[GatewaySettings.database] + ".keys",
      master: master, next: try masterKey(.next))
  }

  private func commandMasterKey(
    _ name: String, _ settings: MasterKeySettings
  ) throws -> CommandMasterKey {
    CommandMasterKey(
      name: name,
      wrap: try using(settings.wrap) { try KeyCommand($0) },
      unwrap: try using(settings.unwrap) { try KeyCommand($0) })
  }
}
