import ArgumentParser
import SallyportProtos

struct WorkerDrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain", abstract: "Let a worker finish its jobs and take no new ones.",
    discussion: "Ends when the worker connects again after a restart.")

  @Argument(help: "Id of the worker.")
  var id: String

  @Option(help: "Why, for the audit log.")
  var reason = ""

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_DrainWorkerRequest()
    request.workerID = id
    request.reason = reason
    let message = request
    _ = try await global.session().call { client, options in
      try await client.drainWorker(message, options: options)
    }
    try await global.show(AcknowledgementView(id: id, result: "draining"))
  }
}
