import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct PoolUpdate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Change a worker pool.")

  @Argument(help: "Name of the pool.")
  var name: String

  @Option(
    name: .customLong("max-running"),
    help: "Jobs of the pool that are offered or running at once; 0 takes the cap away.")
  var maximumRunning: UInt32

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_UpdatePoolRequest.with {
      $0.name = name
      $0.maximumRunning = maximumRunning
    }
    let pool = try await global.session().call { client, options in
      try await client.updatePool(request, options: options)
    }
    try await global.show(PoolView(pool))
  }
}
