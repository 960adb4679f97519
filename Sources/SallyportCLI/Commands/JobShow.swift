import ArgumentParser
import SallyportProtos

struct JobShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a job.")

  @Argument(help: "Id of the job.")
  var id: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_GetJobRequest()
    request.jobID = id
    let message = request
    let job = try await global.session().call { client, options in
      try await client.getJob(message, options: options)
    }
    try await global.show(JobView(job))
  }
}
