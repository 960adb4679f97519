import GRPCCore
import SallyportConfig
import SallyportCore
import SallyportProtos

/// Carries out what ``LogFollower`` decides, and prints what arrives.
@MainActor package final class LogFollowing {
  private let session: OperatorSession
  private let job: String
  private var follower: LogFollower
  private var printer: LogPrinter
  private var isInterrupted = false

  package init(session: OperatorSession, job: String, follower: LogFollower, printer: LogPrinter) {
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
    for entry in received.entries { try printer.print(entry) }
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
