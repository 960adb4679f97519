import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportStoreEncryption
import SallyportStoreSQLite

extension TenantCommand {
  struct Purge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a tenant and all that is of it, for good, while the gateway serves.",
      discussion: """
        From its first commit on, nothing of the tenant is answered or taken; a running gateway cancels \
        what the tenant's workers run and closes their connections within 5 s. Then the tenant's keys \
        are destroyed, so that no backup can be read for it, and its rows are removed. Its name stays, \
        and is never used again. Ended by whatever it is, it goes on where it was.
        """)

    @OptionGroup var config: ConfigOptions
    @Argument(help: "Name of the tenant.") var name: String
    @Option(
      help: ArgumentHelp("The tenant's name again: nothing brings it back.", valueName: "name"))
    var confirm: String

    func validate() throws {
      guard confirm == name else {
        throw ValidationError("--confirm takes the name of the tenant: '\(name)'")
      }
    }

    func run() async throws {
      let tenant = try TenantName(name)
      let installation = try Installation(config)
      let lock = try installation.keyring?.lock()
      defer { lock?.release() }
      let result = try await installation.store.purge(
        tenant, at: GatewayClock.system().now, progress: PurgeLines().show)
      try await installation.store.close()
      guard let result else { return print("\(tenant) was purged before") }
      print("\(tenant) is purged: \(result.jobs) jobs, \(result.auditRecords) audit records")
      if !result.digest.isEmpty { print("SHA-256 of the audit records: \(result.digest)") }
      if installation.keyring == nil {
        print("the database is plain: backups of before hold all of it; destroy them")
      }
    }
  }
}

/// A line for each table, and not for each transaction.
private final class PurgeLines {
  private var last = ""

  func show(_ progress: PurgeProgress) {
    guard progress.table != last else { return }
    last = progress.table
    print("\(progress.tenant)  \(progress.table)")
  }
}
