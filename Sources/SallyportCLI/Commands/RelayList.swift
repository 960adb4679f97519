import ArgumentParser
import SallyportProtos

struct RelayList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List open relays.")

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let response = try await global.session().call { client, options in
      try await client.listRelays(Sallyport_Operator_V1_ListRelaysRequest(), options: options)
    }
    try await global.show(response.relays.map(RelayView.init), as: "relays")
  }
}
