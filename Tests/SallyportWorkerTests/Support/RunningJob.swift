import SallyportCore

@testable import SallyportWorker

/// One job under a real supervisor process, without a worker around it.
struct RunningJob {
  let directory: TemporaryDirectory
  let spool: LogSpool
  let process: SupervisedJob

  /// For all of them, as in a worker.
  static let orphans = AdoptedOrphans()

  static let far = BootInstant.now().advanced(by: .seconds(3_600))

  static func start(
    _ arguments: [String], environment: [String: String] = ["PATH": "/usr/bin:/bin"],
    timeout: Duration = .seconds(60), fence: BootInstant = far,
    grace: Duration = .seconds(10), limits: LogSpoolLimits = LogSpoolLimits(),
    masks: JobMasks = JobMasks(), beforeLaunch: (SupervisedJob) -> Void = { _ in },
    diskIsFull: @escaping @Sendable () -> Bool = { false },
    onDiskFull: @escaping @Sendable (SystemError) -> Void = { _ in }
  ) throws -> RunningJob {
    let directory = try TemporaryDirectory()
    let spool = try LogSpool.create(directory.file("log"), limits: limits, isFull: diskIsFull)
    let (process, outputs) = try orphans.spawn(executable: WorkerExecutable.path)
    beforeLaunch(process)
    let request = LaunchRequest(
      arguments: arguments, environment: environment, directory: directory.path,
      deadline: BootInstant.now().advanced(by: timeout), fence: fence, terminationGrace: grace)
    try process.begin(
      request, outputs: outputs, spool: spool, masks: masks, onDiskFull: onDiskFull,
      onReaped: { orphans.remove(process.supervisor) })
    return RunningJob(directory: directory, spool: spool, process: process)
  }

  static func shell(
    _ script: String, timeout: Duration = .seconds(60), fence: BootInstant = far,
    grace: Duration = .seconds(10), limits: LogSpoolLimits = LogSpoolLimits(),
    beforeLaunch: (SupervisedJob) -> Void = { _ in }
  ) throws -> RunningJob {
    try start(
      ["sh", "-c", script], timeout: timeout, fence: fence, grace: grace, limits: limits,
      beforeLaunch: beforeLaunch)
  }

  /// What the job wrote so far, by stream.
  func output(_ stream: LogStreamID = .stdout) throws -> [UInt8] {
    try entries().filter { $0.stream == stream }.flatMap(\.payload)
  }

  func text(_ stream: LogStreamID = .stdout) throws -> String {
    String(decoding: try output(stream), as: UTF8.self)
  }

  func entries() throws -> [LogEntry] {
    var decoder = LogEntryDecoder()
    var offset: UInt64 = 0
    var entries: [LogEntry] = []
    while offset < spool.length {
      let bytes = try spool.chunk(at: offset, upTo: 1 << 20)
      offset += UInt64(bytes.count)
      decoder.append(bytes)
      while let entry = try decoder.next() { entries.append(entry) }
    }
    return entries
  }

  /// Returns once the job has written a line that ends in `text`.
  func waitForLine(_ text: String) async throws {
    while !(try self.text().contains("\(text)\n")) { try await spool.growth.wait() }
  }
}
