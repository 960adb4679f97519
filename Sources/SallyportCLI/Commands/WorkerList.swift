import ArgumentParser
import SallyportProtos

struct WorkerList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List workers.")

  @Option(help: "Only workers of this pool.")
  var pool: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_ListWorkersRequest()
    request.pool = pool ?? ""
    let message = request
    let response = try await global.session().call { client, options in
      try await client.listWorkers(message, options: options)
    }
    try await global.show(response.workers.map(WorkerView.init), as: "workers")
  }
}
