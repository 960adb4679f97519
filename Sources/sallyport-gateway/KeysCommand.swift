import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportStore
import SallyportStoreEncryption
import SallyportStoreSQLite

struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "The keys that the database is encrypted under.",
    subcommands: [Status.self, Encrypt.self, RotateTenant.self, RotateMaster.self])

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show each tenant's keys, and which master key wraps them.")

    @OptionGroup var config: ConfigOptions

    func run() async throws {
      let installation = try Installation(config)
      let keyring = try installation.requireKeyring()
      print("master key  \(keyring.masterKey)")
      if let next = keyring.nextMasterKey { print("new master key  \(next)") }
      for tenant in try await installation.store.tenantNames() {
        print("\(tenant)  \(try await keyring.shownStanding(of: tenant))")
      }
      try await installation.store.close()
    }
  }

  struct Encrypt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Encrypt a database that is plain, while no gateway serves from it.",
      discussion: """
        Makes a key for each tenant, encrypts what is there, and writes the database anew. It needs \
        as much room again as the database has. Ended by whatever it is, it goes on where it was.
        """)

    @OptionGroup var config: ConfigOptions

    func run() async throws {
      let values = try config.load(GatewaySettings.schema)
      guard let keyring = try values.tenantKeyring() else { throw ErrorReport.noMasterKey }
      let lock = try keyring.lock()
      defer { lock.release() }
      let isNew = try await StoreEncrypting.encrypt(
        values[GatewaySettings.database], with: keyring, progress: KeysCommand.show)
      print(
        isNew
          ? "the database is encrypted; copies and backups of before are not: destroy them"
          : "the database is encrypted already")
    }
  }

  struct RotateTenant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rotate-tenant",
      abstract: "Give a tenant a new key, while the gateway serves, and destroy the old one.",
      discussion: """
        Every value of the tenant is encrypted again. Ended by whatever it is, it goes on where it \
        was.
        """)

    @OptionGroup var config: ConfigOptions
    @Argument(help: "Name of the tenant.") var name: String

    func run() async throws {
      let tenant = try TenantName(name)
      let installation = try Installation(config)
      let keyring = try installation.requireKeyring()
      let lock = try keyring.lock()
      defer { lock.release() }
      try await installation.store.rotateKey(of: tenant, progress: KeysCommand.show)
      print("\(tenant)  \(try await keyring.shownStanding(of: tenant))")
      try await installation.store.close()
    }
  }

  struct RotateMaster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rotate-master",
      abstract: "Wrap all tenants' keys by another master key, while the gateway serves.",
      discussion: """
        The configuration names the old master key (store.master-key) and the new one \
        (store.new-master-key). Afterwards, name the new one as store.master-key and start the \
        gateway again. Ended by whatever it is, the same call goes on where it was; a gateway that \
        is started meanwhile opens what either wraps.
        """)

    @OptionGroup var config: ConfigOptions

    func run() async throws {
      let installation = try Installation(config)
      let keyring = try installation.requireKeyring()
      guard keyring.nextMasterKey != nil else { throw ErrorReport.noNewMasterKey }
      let lock = try keyring.lock()
      defer { lock.release() }
      let tenants = try await installation.store.tenantNames()
      for (index, tenant) in tenants.enumerated() {
        let isNew = try await keyring.rewrap(tenant)
        print("\(index + 1) of \(tenants.count)  \(tenant)  \(isNew ? "wrapped" : "was wrapped")")
      }
      try await installation.store.close()
      print("now name store.new-master-key as store.master-key, and start the gateway again")
    }
  }

  private static func show(_ progress: EncryptionProgress) {
    print("\(progress.tenant)  \(progress.table)  \(progress.percent) %")
  }
}

extension Installation {
  fileprivate func requireKeyring() throws -> TenantKeyring {
    guard let keyring else { throw ErrorReport.noMasterKey }
    return keyring
  }
}

extension TenantKeyring {
  fileprivate func shownStanding(of tenant: TenantName) async throws -> String {
    guard let standing = try await standing(of: tenant) else { return "no keys" }
    let old = standing.old.map { ", moving from key \($0): run 'keys rotate-tenant' again" } ?? ""
    let others = standing.masterKeys.filter { $0 != masterKey }
    let isNew = others == nextMasterKey.map { [$0] }
    let wrapped =
      others.isEmpty ? "" : ", wrapped by \(isNew ? "the new" : "another") master key"
    return "key \(standing.current)\(old)\(wrapped)"
  }
}

extension ErrorReport {
  fileprivate static let noMasterKey = ErrorReport(
    "no master key is configured: see store.master-key", exitCode: ExitCode.configuration)

  fileprivate static let noNewMasterKey = ErrorReport(
    "no other master key is configured: see store.new-master-key",
    exitCode: ExitCode.configuration)
}
