import ArgumentParser
import GRPCCore
import SallyportConfig
import SallyportCore
import SallyportProtos
import SwiftProtobuf

struct PoolCycle: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cycle", abstract: "Drain and restart every connected worker of a pool, rolling.",
    discussion: """
      Each worker finishes its jobs, ends with exit code 75 and is expected to be started again by \
      its supervisor; the next one is asked when it is back. Stops asking where one does not come \
      back, and where this command is ended. With --output json, each event is an object on one line.
      """)

  @Argument(help: "Name of the pool.")
  var name: String

  @Option(help: "Why, for the audit log.")
  var reason = ""

  @Option(
    name: .customLong("max-unavailable"),
    help: "Workers that are away at once, at least 1.")
  var maximumUnavailable: UInt32 = 1

  @Option(
    name: .customLong("job-timeout"),
    help: ArgumentHelp(
      "Jobs that still run after this long are stopped and lost. Default: they run to their end.",
      valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var jobTimeout: Duration?

  @Option(
    name: .customLong("return-timeout"),
    help: ArgumentHelp(
      "How long a drained worker may take to come back. Default: 5m.", valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var returnTimeout: Duration?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard maximumUnavailable > 0 else { throw ValidationError("--max-unavailable: at least 1") }
  }

  func run() async throws {
    var request = Sallyport_Operator_V1_CyclePoolRequest()
    request.pool = name
    request.reason = reason
    request.maximumUnavailable = maximumUnavailable
    if let jobTimeout { request.jobTimeout = jobTimeout.proto }
    if let returnTimeout { request.returnTimeout = returnTimeout.proto }
    let progress = try await follow(request)
    guard progress.failed.isEmpty else {
      throw ErrorReport(
        "\(progress.done) of \(progress.total) workers were cycled; no more were asked, because "
          + "\(progress.failed.joined(separator: ", ")) did not come back",
        exitCode: SallyportCore.ExitCode.failure)
    }
    if progress.total == 0 {
      try await CommandContext.required().console.note("no worker of this pool is connected")
    }
  }

  private struct Progress: Sendable {
    var done: UInt32 = 0
    var total: UInt32 = 0
    var failed: [String] = []
  }

  private func follow(
    _ request: Sallyport_Operator_V1_CyclePoolRequest
  ) async throws -> Progress {
    let session = try global.session()
    let output = global.output
    var options = CallOptions.defaults
    options.waitForReady = false
    let callOptions = options
    do {
      return try await session.context.connector.withClient(session.profile) { client in
        try await client.cyclePool(request, options: callOptions) { response in
          var progress = Progress()
          for try await event in response.messages {
            progress.done = event.done
            progress.total = event.total
            if event.kind == .failed { progress.failed.append(event.workerID) }
            let view = CycleEventView(event)
            let text =
              output == .json ? try JSONOutput.line(view) : ShownText.escaped(view.line) + "\n"
            try await session.context.console.write(Array(text.utf8), to: .output)
          }
          return progress
        }
      }
    } catch let error as RPCError {
      let report = session.report(error)
      throw ErrorReport(
        "\(report); workers that drain go on, and no more are asked: run it again to go on",
        exitCode: report.exitCode)
    }
  }
}
