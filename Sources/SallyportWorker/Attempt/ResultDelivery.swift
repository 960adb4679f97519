import GRPCCore
package import Logging
package import SallyportCore
import SallyportProtos

/// Brings one attempt's log and then its result to the gateway, however often connections break.
package struct ResultDelivery: Sendable {
  /// What became of a log.
  package enum LogFate: Hashable, Sendable {
    case complete
    /// The gateway will not take it, or not all of it; with the reason in one line.
    case refused(String)
  }

  /// One call of FinishAttempt.
  private static let finishTimeout = Duration.seconds(30)

  private let attempt: AttemptID
  private let links: LinkBoard
  private let disk: Disk
  private let logger: Logger
  private let backoff: Backoff
  private let answerTimeout: Duration
  private let clock: any Clock<Duration>

  /// - Parameter clock: What calls wait by.
  package init(
    attempt: AttemptID, links: LinkBoard, disk: Disk, clock: any Clock<Duration>, logger: Logger,
    backoff: Backoff = Backoff(base: .milliseconds(200), maximum: .seconds(15)),
    answerTimeout: Duration = LogUploader.answerTimeout
  ) {
    self.attempt = attempt
    self.links = links
    self.disk = disk
    self.logger = logger
    self.backoff = backoff
    self.answerTimeout = answerTimeout
    self.clock = clock
  }

  /// Uploads the log as it grows; returns when it is sealed and the gateway has all of it, or when
  /// the gateway refuses it for good.
  ///
  /// - Throws: `CancellationError` only.
  package func upload(_ spool: LogSpool) async throws -> LogFate {
    let fate = try await uploadUntilDecided(spool)
    if case .refused = fate { spool.abandonUpload() }
    return fate
  }

  private func uploadUntilDecided(_ spool: LogSpool) async throws -> LogFate {
    let uploader = LogUploader(
      attempt: attempt, spool: spool, disk: disk, clock: clock, answerTimeout: answerTimeout)
    var backoff = self.backoff
    while true {
      let durable = spool.durable
      do {
        switch try await links.withAccess(.movable, { try await uploader.run(through: $0.service) })
        {
        case .complete: return .complete
        case .diverged:
          logger.error("the gateway has more of the log than this worker; it stays incomplete")
          return .refused("the gateway has more of the log than the worker")
        case .restart: break
        }
      } catch let error as RPCError where error.isFinalRefusal {
        logger.warning("the gateway refuses the log", metadata: ["error": "\(error)"])
        return .refused(oneLine("the gateway refused the log: \(error.message)"))
      } catch let error as RPCError where error.code == .outOfRange {
        logger.warning("the log is longer than the gateway takes", metadata: ["error": "\(error)"])
        return .refused("the log is longer than the gateway takes")
      } catch is LogSpoolError {
        logger.error("the gateway asks for a place in the log that is between no two entries")
        return .refused("the gateway has another log than the worker")
      } catch {
        try Task.checkCancellation()
        logger.debug("log upload interrupted", metadata: ["error": "\(error)"])
      }
      if spool.durable > durable { backoff.reset() }
      try await Task.sleep(for: backoff.next())
    }
  }

  /// Reports the end until the gateway acknowledges it or refuses it for good.
  ///
  /// - Throws: `CancellationError` only.
  package func report(_ report: FinishReport) async throws {
    var backoff = self.backoff
    while true {
      do {
        let response = try await links.withAccess(.movable) { access in
          try await withDeadline(Self.finishTimeout, by: clock) {
            try await access.service.finishAttempt(report.request)
          }
        }
        logger.info(
          "attempt reported", metadata: ["recorded": "\(response.recordedOutcome)"])
        return
      } catch let error as RPCError where error.isFinalRefusal {
        logger.warning("the gateway refuses the result", metadata: ["error": "\(error)"])
        return
      } catch {
        try Task.checkCancellation()
        logger.debug("report not acknowledged", metadata: ["error": "\(error)"])
      }
      try await Task.sleep(for: backoff.next())
    }
  }
}

extension RPCError {
  /// Whether repeating the call about an attempt can never help: the attempt is not, or no longer,
  /// this worker's.
  var isFinalRefusal: Bool {
    switch code {
    case .failedPrecondition, .notFound, .permissionDenied, .invalidArgument, .alreadyExists:
      true
    default: false
    }
  }
}
