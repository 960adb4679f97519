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
    let first = request
    let workers = try await global.session().call { client, options in
      var request = first
      var workers: [Sallyport_Operator_V1_Worker] = []
      repeat {
        let page = try await client.listWorkers(request, options: options)
        workers += page.workers
        request.pageToken = page.workers.isEmpty ? "" : page.nextPageToken
      } while !request.pageToken.isEmpty
      return workers
    }
    try await global.show(workers.map(WorkerView.init), as: "workers")
  }
}
