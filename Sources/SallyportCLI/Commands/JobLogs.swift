import ArgumentParser

struct JobLogs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Print a job's log.",
    discussion: """
      What the command wrote to standard output goes to standard output, all else to standard \
      error. On a terminal, control sequences other than colors are shown and not obeyed. With \
      --output json, prints one JSON object per entry on a line of its own (time, stream, and text \
      or base64), and last the job, as 'job show' does, on one line.

      A log that its workers seal (logs.seal-to) is opened here, with --identity and the private key \
      of one of its readers; without it, only status and times can be seen.
      """)

  @Argument(help: "Id of the job.")
  var id: String

  @Flag(name: [.short, .long], help: "Go on until the job has ended, also across outages.")
  var follow = false

  @Flag(help: "Begin each line with the time at which the worker read it.")
  var timestamps = false

  @Option(help: "Only this stream; may be repeated.")
  var stream: [LogStreamSelection] = []

  @Option(help: "Only this attempt. Default: the latest.")
  var attempt: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "File of a private key to which the log is sealed; may be repeated.", valueName: "file"),
    completion: .file())
  var identity: [String] = []

  @Flag(help: "Let control sequences pass to a terminal.")
  var raw = false

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let session = try global.session()
    let reader = try reader(session)
    let options = printing
    let printer = await LogPrinter(console: session.context.console, options: options)
    try await LogFollowing(
      session: session, job: id, follower: LogFollower(follow: follow, epoch: attempt),
      printer: printer, identity: reader
    ).run()
    guard options.json else { return }
    let job = JobView(try await session.job(id))
    try await session.context.console.write(Array(JSONOutput.line(job).utf8), to: .output)
  }

  private var printing: LogPrinter.Options {
    var options = LogPrinter.Options()
    options.streams = Set(stream)
    options.timestamps = timestamps
    options.json = global.output == .json
    options.raw = raw
    return options
  }

  // The optimizer of Swift 6.3.1 crashes where this becomes a part of an asynchronous function.
  @inline(never)
  private func reader(_ session: OperatorSession) throws -> LogOpener.Identity? {
    identity.isEmpty ? nil : try session.logIdentity(files: identity)
  }
}
