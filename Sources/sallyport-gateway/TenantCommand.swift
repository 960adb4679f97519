import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportIdentity
import SallyportStore
import SallyportStoreSQLite

struct TenantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tenant", abstract: "Tenants of this gateway.",
    subcommands: [Create.self, Update.self, Show.self, Recredential.self, Purge.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a tenant and its first operator's folder.")

    @OptionGroup var config: ConfigOptions
    @OptionGroup var folder: OperatorOptions
    @Argument(help: "Name of the tenant.") var name: String

    func run() async throws {
      let tenant = try TenantName(name)
      _ = try OperatorName(folder.operatorName)
      let installation = try Installation(config)
      // Before the tenant, so that a folder that is taken leaves nothing half done.
      try NewFolder.create(folder.out)
      try await installation.store.createTenant(tenant)
      try await folder.create(in: installation, tenant: tenant)
      try await installation.store.close()
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change a tenant; a running gateway follows within 5 s.")

    @OptionGroup var config: ConfigOptions
    @Argument(help: "Name of the tenant.") var name: String
    @Option(
      name: .customLong("max-running"),
      help: ArgumentHelp(
        "Jobs of the tenant that are offered or running at once: a number, 'unlimited', or "
          + "'default' for jobs.maximum-running-per-tenant.", valueName: "cap"),
      transform: { try TenantRunningLimit(argument: $0) })
    var maximumRunning: TenantRunningLimit

    func run() async throws {
      let tenant = try TenantName(name)
      let installation = try Installation(config)
      try await installation.store.setRunningLimit(
        maximumRunning, of: tenant,
        audit: .local(
          "tenant.update", tenant: tenant, object: name,
          detail: "at most \(maximumRunning.text) running"))
      try await installation.store.close()
    }
  }
}

extension TenantCommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a tenant, with the external ID that its workers and VCS agents pin.")

    @OptionGroup var config: ConfigOptions
    @Argument(help: "Name of the tenant.") var name: String

    func run() async throws {
      let name = try TenantName(name)
      let installation = try Installation(config)
      guard let tenant = try await installation.store.tenant(name) else {
        throw ErrorReport("there is no tenant \(name)", exitCode: SallyportCore.ExitCode.dataError)
      }
      print("name         \(tenant.name)")
      print("external id  \(tenant.externalID)")
      try await installation.store.close()
    }
  }

  struct Recredential: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a tenant a new external ID; all its workers and VCS agents enroll again.",
      discussion: """
        Revokes every worker, VCS agent and token of the tenant; a running gateway closes their \
        connections within 5 s. Jobs that were signed under the old external ID are refused by \
        whatever enrolls from now on. Operators stay: see 'operator revoke'.
        """)

    @OptionGroup var config: ConfigOptions
    @Argument(help: "Name of the tenant.") var name: String

    func run() async throws {
      let tenant = try TenantName(name)
      let installation = try Installation(config)
      let externalID = ExternalID.random()
      let revoked = try await installation.store.recredential(
        tenant, externalID: externalID.rawValue, at: GatewayClock.system().now,
        audit: .local(
          "tenant.recredential", tenant: tenant, object: name, detail: "a new external ID"))
      print("external id  \(externalID)")
      print("revoked      \(revoked) workers and VCS agents")
      try await installation.store.close()
    }
  }
}

extension TenantRunningLimit {
  fileprivate init(argument: String) throws {
    switch argument {
    case "default": self = .standard
    case "unlimited": self = .unlimited
    default:
      guard let number = UInt32(argument), number > 0, number <= GatewayLimits().maximumRunningCap
      else {
        throw ValidationError(
          "a number from 1 to \(GatewayLimits().maximumRunningCap), 'unlimited' or 'default'")
      }
      self = .atMost(number)
    }
  }

  fileprivate var text: String {
    switch self {
    case .standard: "as many as every tenant"
    case .unlimited: "any number"
    case .atMost(let number): "\(number)"
    }
  }
}

extension SQLiteStore {
  func createTenant(_ name: TenantName) async throws {
    let tenant = Tenant(
      name: name, externalID: ExternalID.random().rawValue, createdAt: GatewayClock.system().now)
    try await createTenant(
      tenant, audit: .local("tenant.create", tenant: name, object: name.rawValue))
  }
}
