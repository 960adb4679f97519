import ArgumentParser
import SallyportProtos

struct JobCancel: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Cancel a job.",
    discussion: "Prints the job as it is then; a running command is given time to end.")

  @Argument(help: "Id of the job.")
  var id: String

  @Option(help: "Why, for the audit log.")
  var reason = ""

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_CancelJobRequest()
    request.jobID = id
    request.reason = reason
    let message = request
    let job = try await global.session().call { client, options in
      try await client.cancelJob(message, options: options)
    }
    try await global.show(JobView(job))
  }
}
