import ArgumentParser
import SallyportProtos

struct WorkerRevoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Shut a worker out for good.",
    discussion: "Its connections and relays are closed at once.")

  @Argument(help: "Id of the worker.")
  var id: String

  @Option(help: "Why, for the audit log.")
  var reason = ""

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_RevokeWorkerRequest()
    request.workerID = id
    request.reason = reason
    let message = request
    _ = try await global.session().call { client, options in
      try await client.revokeWorker(message, options: options)
    }
    try await global.show(AcknowledgementView(id: id, result: "revoked"))
  }
}
