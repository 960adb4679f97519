import ArgumentParser
import SallyportProtos

struct JobList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List jobs, newest first.")

  @Option(help: "Only jobs of this pool.")
  var pool: String?

  @Option(
    help: ArgumentHelp(
      "Only jobs in this state; may be repeated: queued, offered, running, succeeded, failed, "
        + "cancelled, timed_out, lost."))
  var state: [String] = []

  @Option(help: "How many at most, up to 10,000.")
  var limit = 50

  @OptionGroup var global: GlobalOptions

  /// Most that the gateway puts into one page.
  private static let maximumPage = 500

  func validate() throws {
    guard (1...10_000).contains(limit) else {
      throw ValidationError("--limit must be from 1 to 10000.")
    }
    for name in state where jobStatesByName[name] == nil {
      let names = jobStatesByName.keys.sorted().joined(separator: ", ")
      throw ValidationError("--state '\(name)' is none of \(names).")
    }
  }

  func run() async throws {
    var request = Sallyport_Operator_V1_ListJobsRequest()
    request.pool = pool ?? ""
    request.states = state.compactMap { jobStatesByName[$0] }
    let first = request
    let jobs = try await global.session().call { [limit] client, options in
      try await Pages.items(atMost: limit) { token, missing in
        var request = first
        request.pageToken = token
        request.pageSize = UInt32(min(missing, Self.maximumPage))
        let page = try await client.listJobs(request, options: options)
        return (page.jobs, page.nextPageToken)
      }
    }
    try await global.show(jobs.map(JobView.init), as: "jobs")
  }
}
