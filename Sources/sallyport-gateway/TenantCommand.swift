import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportIdentity
import SallyportStore
import SallyportStoreSQLite

struct TenantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tenant", abstract: "Tenants of this gateway.", subcommands: [Create.self])

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
}

extension SQLiteStore {
  func createTenant(_ name: TenantName) async throws {
    let tenant = Tenant(
      name: name, externalID: ExternalID.random().rawValue, createdAt: GatewayClock.system().now)
    try await createTenant(
      tenant, audit: .local("tenant.create", tenant: name, object: name.rawValue))
  }
}
