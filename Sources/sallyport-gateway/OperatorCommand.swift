import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportStore
import SallyportStoreSQLite

struct OperatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operator", abstract: "Operators of this gateway.",
    subcommands: [Issue.self, Revoke.self])

  struct Issue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Issue a certificate to an operator, new or known.")

    @OptionGroup var config: ConfigOptions
    @OptionGroup var folder: OperatorOptions
    @Option(help: "Tenant that the operator belongs to.") var tenant: String

    func run() async throws {
      let tenant = try TenantName(tenant)
      let installation = try Installation(config)
      guard try await installation.store.tenant(tenant) != nil else {
        throw ErrorReport(
          "there is no tenant \(tenant)", exitCode: SallyportCore.ExitCode.dataError)
      }
      try await folder.create(in: installation, tenant: tenant)
      try await installation.store.close()
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke an operator for good; a running gateway closes connections within 5 s.")

    @OptionGroup var config: ConfigOptions
    @Option(help: "Tenant that the operator belongs to.") var tenant: String
    @Argument(help: "Name of the operator.") var name: String

    func run() async throws {
      let (tenant, name) = (try TenantName(tenant), try OperatorName(name))
      let installation = try Installation(config)
      try await installation.store.revokeOperator(
        name, of: tenant, at: GatewayClock.system().now,
        audit: .local("operator.revoke", tenant: tenant, object: name.rawValue))
      try await installation.store.close()
    }
  }
}
