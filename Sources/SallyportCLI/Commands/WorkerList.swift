import ArgumentParser
import SallyportProtos
import SwiftProtobuf

struct WorkerList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List workers.")

  @Option(help: "Only workers of this pool.")
  var pool: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let workers = try await global.session().call { [pool] client, options in
      try await Pages.items { token, _ in
        let page = try await client.listWorkers(
          .with {
            $0.pool = pool ?? ""
            $0.pageToken = token
          }, options: options)
        return (page.workers, page.nextPageToken)
      }
    }
    try await global.show(workers.map(WorkerView.init), as: "workers")
  }
}
