import ArgumentParser
import FoundationEssentials
import GRPCCore
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportProtos

struct JobSubmit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Submit a job to a worker pool.",
    usage:
      "sallyport job submit --pool POOL [--repo VCS_POOL:PATH --ref REF] [OPTIONS] -- COMMAND...",
    discussion: """
      Prints the job's id. With --follow, streams the job's log instead (what the command wrote to \
      standard output to standard output, all else to standard error) and ends with \
      \(JobExitCode.summary). With --follow and --output json, prints one JSON object per log entry \
      (see 'job logs --help') and last the job, each on one line.

      A job file has the keys pool, command, checkout (vcs-pool, repository, ref, commit), \
      environment, secrets, contexts, timeout, priority, selector, queue-timeout, retry (on, \
      max-attempts, backoff, max-backoff) and idempotency-key; options win over it.
      """)

  @OptionGroup var job: JobOptions

  @Option(
    help: "A job that 'job sign' made; only scheduling is given beside it.", completion: .file())
  var signed: String?

  @OptionGroup(title: "Scheduling") var scheduling: SchedulingOptions

  @Option(
    name: .customLong("idempotency-key"),
    help: "Submitting twice with one key is one job. Default: a new one.")
  var idempotencyKey: String?

  @Option(
    name: .customLong("job-id-file"), help: "Write the job's id into this file.",
    completion: .file())
  var jobIDFile: String?

  @Flag(help: "Stream the log and end with the command's exit code.")
  var follow = false

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let request = try request()
    let session = try global.session()
    let explain = { error in
      Self.explain(error, session.report(error), key: request.idempotencyKey)
    }
    let job = try await session.call(explain: explain) { client, options in
      try await client.submitJob(request, options: options)
    }
    if let jobIDFile {
      try DurableFile.replace(
        jobIDFile, contents: Array((job.id + "\n").utf8), mode: .readableByAll)
    }
    guard follow else { return try await show(job, session) }
    await session.context.console.note("job \(ShownText.escaped(job.id))")
    if job.state == .queued {
      await session.context.console.progress("waiting for a worker")
    }
    var options = LogPrinter.Options()
    options.json = global.output == .json
    try await JobFollowing(session: session, job: job.id).run(options)
  }

  /// Adds to an error after which the gateway may have the job how to find out: only the key tells
  /// a second submit from a second job.
  private static func explain(
    _ error: RPCError, _ report: ErrorReport, key: String
  ) -> ErrorReport {
    switch error.code {
    case .unavailable, .deadlineExceeded, .cancelled, .aborted, .unknown, .internalError, .dataLoss:
      ErrorReport(
        "\(report); whether the job was accepted is unknown: repeat the command"
          + (key.isEmpty ? ", it is the same job" : " with --idempotency-key \(key)"),
        exitCode: report.exitCode)
    default: report
    }
  }

  private func show(_ job: Sallyport_Operator_V1_Job, _ session: OperatorSession) async throws {
    switch global.output {
    case .table: try await session.context.console.print(ShownText.escaped(job.id))
    case .json: try await global.show(JobView(job))
    }
  }

  private func request() throws -> Sallyport_Operator_V1_SubmitJobRequest {
    guard let signed else {
      var request = try job.request(scheduling.request)
      request.idempotencyKey = idempotencyKey ?? request.idempotencyKey
      return try request.submitRequest(newKey: JobID.random().rawValue)
    }
    guard !job.isGiven, idempotencyKey == nil, scheduling.request.selector.isEmpty else {
      throw ErrorReport(
        "beside --signed only --priority, --queue-timeout and the retry options are given: "
          + "everything else is what was signed", exitCode: SallyportCore.ExitCode.usage)
    }
    var request = Sallyport_Operator_V1_SubmitJobRequest()
    request.spec.signedJob = Data(try SignedJobFile(signed).envelope)
    request.scheduling = scheduling.request.message
    return request
  }
}
