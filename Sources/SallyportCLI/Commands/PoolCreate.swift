import ArgumentParser
import SallyportProtos

struct PoolCreate: AsyncParsableCommand {
  enum Kind: String, CaseIterable, ExpressibleByArgument { case worker, vcs }

  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a pool.")

  @Argument(help: "Name: 1 to 63 of a-z, 0-9 and '-'.")
  var name: String

  @Option(help: "What enrolls into it: workers or VCS agents.")
  var kind: Kind

  @Flag(help: "Workers of this pool do not report commits to the gateway.")
  var sealed = false

  @Option(
    name: .customLong("max-running"),
    help: "Jobs of the pool that are offered or running at once. Default: no cap.")
  var maximumRunning: UInt32?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_CreatePoolRequest()
    request.name = name
    request.kind = kind == .worker ? .worker : .vcs
    request.sealed = sealed
    request.maximumRunning = maximumRunning ?? 0
    let message = request
    let pool = try await global.session().call { client, options in
      try await client.createPool(message, options: options)
    }
    try await global.show(PoolView(pool))
  }
}
