import ArgumentParser
import SallyportConfig
import SallyportProtos
import SwiftProtobuf

struct WorkerDrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain", abstract: "Let a worker finish its jobs and take no new ones.",
    discussion: """
      The request is kept until the worker says that it drains, also while it is away. It ends when \
      the worker's process starts anew. With --restart the process ends once drained, with exit code \
      75, so that its supervisor starts it again.
      """)

  @Argument(help: "Id of the worker.")
  var id: String

  @Option(help: "Why, for the audit log.")
  var reason = ""

  @Option(
    help: ArgumentHelp(
      "Jobs that still run after this long are stopped and lost. Default: they run to their end.",
      valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var timeout: Duration?

  @Flag(help: "End the worker's process once it is drained, so that it is started anew.")
  var restart = false

  @Flag(help: "Wait until the worker runs nothing any more, or its process has been replaced.")
  var wait = false

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var request = Sallyport_Operator_V1_DrainWorkerRequest()
    request.workerID = id
    request.reason = reason
    request.restart = restart
    if let timeout { request.jobTimeout = timeout.proto }
    let message = request
    let session = try global.session()
    _ = try await session.call { client, options in
      try await client.drainWorker(message, options: options)
    }
    if wait { try await waitUntilDrained(session) }
    try await global.show(AcknowledgementView(id: id, result: wait ? "drained" : "draining"))
  }

  /// There is no call that waits: the list is asked for every second.
  private func waitUntilDrained(_ session: OperatorSession) async throws {
    var shown: UInt32?
    var progress = DrainProgress()
    while let worker = try await worker(session), !progress.isOver(worker) {
      if shown != worker.running {
        await session.context.console.progress(
          "waiting for \(worker.id), which runs \(worker.running == 1 ? "1 job" : "\(worker.running) jobs")"
        )
        shown = worker.running
      }
      try await session.context.sleep(.seconds(1))
    }
  }

  private func worker(_ session: OperatorSession) async throws -> Sallyport_Operator_V1_Worker? {
    try await session.call { [id] client, options in
      try await Pages.items { token, _ in
        let page = try await client.listWorkers(
          .with { $0.pageToken = token }, options: options)
        return (page.workers, page.nextPageToken)
      }.first { $0.id == id }
    }
  }
}
