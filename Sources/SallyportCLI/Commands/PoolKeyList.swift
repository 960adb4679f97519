import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct PoolKeyList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the keys that were published for a pool, newest first.")

  @Option(help: "The worker pool.")
  var pool: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = Sallyport_Operator_V1_ListPoolKeysRequest.with { $0.pool = pool }
    let response = try await global.session().call { client, options in
      try await client.listPoolKeys(request, options: options)
    }
    try await global.show(response.keys.map(PoolKeyView.init), as: "keys")
  }
}
