import ArgumentParser
import SallyportProtos

struct PoolList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List pools.")

  @Option(help: "Only pools of this kind.")
  var kind: PoolCreate.Kind?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_ListPoolsRequest()
    switch kind {
    case .worker: request.kind = .worker
    case .vcs: request.kind = .vcs
    case nil: break
    }
    let message = request
    let response = try await global.session().call { client, options in
      try await client.listPools(message, options: options)
    }
    try await global.show(response.pools.map(PoolView.init), as: "pools")
  }
}
