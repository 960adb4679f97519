import ArgumentParser
import SallyportConfig

/// What a job is: the options that 'job submit' and 'job sign' share.
struct JobOptions: ParsableArguments {
  @Option(name: [.short, .long], help: "Job file (YAML).", completion: .file(extensions: ["yaml"]))
  var file: String?

  @Option(help: "Worker pool that runs the job.")
  var pool: String?

  @Option(
    help: ArgumentHelp(
      "Repository to check out, as \(RepositoryArgument.expected).", valueName: "vcs-pool:path"))
  var repo: RepositoryArgument?

  @Option(help: "Branch, tag or full ref name to check out.")
  var ref: String?

  @Option(help: "Commit to check out, 40 hexadecimal digits.")
  var commit: String?

  @Option(
    help: ArgumentHelp("Variable of the job's environment; may be repeated.", valueName: "k=v"))
  var env: [NamedValueArgument] = []

  @Option(
    help: ArgumentHelp(
      "Secret that the worker hands to the job, in a variable or a file below "
        + "SALLYPORT_SECRETS_DIR; may be repeated. Its name, never its value.",
      valueName: "name[=as:variable|=file:path]"))
  var secret: [String] = []

  @Option(
    help: ArgumentHelp(
      "Context whose secrets and variables the job gets, before those of its pool; may be repeated, "
        + "the first counts most.", valueName: "name"))
  var context: [String] = []

  @Option(
    help: ArgumentHelp(
      "From start to kill. Default: the gateway's.", valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var timeout: Duration?

  @Argument(parsing: .postTerminator, help: "The command and its arguments; no shell.")
  var command: [String] = []

  /// The job file's values, with what was given on the command line in their place.
  func request(_ scheduling: SchedulingRequest) throws -> JobRequest {
    var request = try file.map { try JobRequest(file: $0) } ?? JobRequest()
    var flags = JobRequest()
    flags.pool = pool
    flags.command = command
    flags.repository = repo
    flags.ref = ref
    flags.commit = commit
    flags.environment = env.byName
    flags.secrets = try JobRequest.secrets(secret)
    flags.contexts = context
    flags.timeout = timeout
    flags.scheduling = scheduling
    request.override(with: flags)
    return request
  }

  var isGiven: Bool {
    file != nil || pool != nil || repo != nil || ref != nil || commit != nil || !env.isEmpty
      || !secret.isEmpty || !context.isEmpty || timeout != nil || !command.isEmpty
  }
}
