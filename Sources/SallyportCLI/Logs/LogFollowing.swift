import GRPCCore
import SallyportConfig
import SallyportCore
import SallyportProtos
import SallyportSealing

/// Carries out what ``LogFollower`` decides, and prints what arrives.
@MainActor package final class LogFollowing {
  private let session: OperatorSession
  private let job: String
  private var follower: LogFollower
  private var printer: LogPrinter
  private var opener: LogOpener
  private var isInterrupted = false
  private var hasBegun = false

  /// - Parameter identity: Who reads a log that is sealed; nil: it stays closed.
  package init(
    session: OperatorSession, job: String, follower: LogFollower, printer: LogPrinter,
    identity: LogOpener.Identity? = nil
  ) {
    opener = LogOpener(job: job, identity: identity)
    self.session = session
    self.job = job
    self.follower = follower
    self.printer = printer
  }

  private var console: any Console { session.context.console }

  /// Runs until the log is finished.
  ///
  /// - Throws: ``ErrorReport`` where the gateway refuses, stays away or sends what is no log;
  ///   ``OutputClosed``; `CancellationError`.
  package func run() async throws {
    var action = follower.start()
    while true {
      switch action {
      case .read(let epoch, let offset):
        action = follower.readEnded(try await read(epoch: epoch, offset: offset))
      case .checkJob:
        action = try await checkJob()
      case .wait(let delay, let next):
        noteInterruption()
        try await session.context.sleep(delay)
        action = next
      case .finished:
        try finish()
        return
      case .failed(let failure):
        throw report(failure)
      }
    }
  }

  /// - Returns: The error that the call ended with, or nil where it ended well.
  private func read(epoch: UInt64, offset: UInt64) async throws -> RPCError? {
    var request = Sallyport_Operator_V1_ReadLogRequest()
    request.jobID = job
    request.epoch = epoch
    request.offset = offset
    request.follow = follower.isFollowing
    let message = request
    var options = CallOptions.defaults
    options.waitForReady = false
    let callOptions = options
    do {
      try await session.context.connector.withClient(session.profile) { client in
        try await client.readLog(message, options: callOptions) { response in
          for try await part in response.messages { try await self.receive(part) }
        }
      }
      return nil
    } catch let error as RPCError {
      try Task.checkCancellation()
      return error
    }
  }

  private func receive(_ part: Sallyport_Operator_V1_LogPart) throws {
    if isInterrupted {
      isInterrupted = false
      console.note("the gateway is back")
    }
    let received: LogFollower.Received
    let before = follower.epoch
    do {
      received = try follower.receive(part)
    } catch {
      throw ErrorReport(
        "the log of job \(job) cannot be read: \(error)", exitCode: SallyportCore.ExitCode.software)
    }
    if let attempt = received.newAttempt {
      try printer.finish()
      console.note("attempt \(attempt) of job \(job) begins")
    }
    if follower.epoch != before || !hasBegun {
      hasBegun = true
      opener.begin(attempt: follower.epoch)
    }
    var offset = received.firstOffset
    for entry in received.entries {
      try open(entry, at: offset)
      offset += UInt64(LogEntry.headerLength + entry.payload.count)
    }
  }

  private func open(_ entry: LogEntry, at offset: UInt64) throws {
    do {
      switch try opener.open(entry, at: offset) {
      case .entry(let opened): try printer.print(opened)
      case .sealed(let keys):
        console.note(
          "the log is sealed to \(keys.map { "key \($0)" }.joined(separator: ", ")): open it with "
            + "'sallyport job logs --identity FILE \(job)' where that private key is")
      case .nothing: break
      }
    } catch let error as SealingError {
      try printer.finish()
      throw ErrorReport(
        "the log of job \(job) cannot be opened: \(error)",
        exitCode: error.code == .unknownKey
          ? SallyportCore.ExitCode.configuration : SallyportCore.ExitCode.dataError)
    }
  }

  private func checkJob() async throws -> LogFollower.Action {
    var request = Sallyport_Operator_V1_GetJobRequest()
    request.jobID = job
    let message = request
    var options = CallOptions.defaults
    options.timeout = session.callTimeout
    options.waitForReady = false
    let callOptions = options
    do {
      let state = try await session.context.connector.withClient(session.profile) { client in
        try await client.getJob(message, options: callOptions)
      }
      return follower.jobIs(state)
    } catch let error as RPCError {
      try Task.checkCancellation()
      return follower.jobCheckFailed(error)
    }
  }

  private func noteInterruption() {
    guard !isInterrupted else { return }
    isInterrupted = true
    console.note("lost the gateway at \(session.profile.endpoint), trying again")
  }

  private func finish() throws {
    try printer.finish()
    if follower.logState == .incomplete {
      console.note("warning: the log is incomplete, the worker could not deliver all of it")
    } else if follower.pendingBytes > 0 {
      console.note("warning: the log ends in the middle of an entry")
    }
    // A log that is still written has no end yet.
    if follower.logState != .open, let warning = opener.warning {
      console.note("warning: \(warning)")
    }
  }

  private func report(_ failure: LogFollower.Failure) -> ErrorReport {
    switch failure {
    case .call(let code, let message):
      session.report(RPCError(code: code, message: message))
    case .unreachable(let message):
      ErrorReport(
        "gave up on the gateway at \(session.profile.endpoint): \(message); resume with "
          + "'sallyport job logs -f \(job)'", exitCode: SallyportCore.ExitCode.unavailable)
    }
  }
}
