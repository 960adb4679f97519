package import GRPCCore
package import SallyportCore
package import SallyportProtos

/// Follows a job's log to its end across attempts and outages: decides what to ask next.
///
/// A pure state machine. It counts the bytes of the attempt that it reads, so that a repeated read
/// resumes exactly behind them, and drops what arrives twice.
package struct LogFollower: Sendable {
  package enum Action: Sendable, Equatable {
    /// Read the log; epoch zero is the latest attempt.
    case read(epoch: UInt64, offset: UInt64)
    /// Ask for the job's state.
    case checkJob
    indirect case wait(Duration, then: Action)
    /// Everything there is was received.
    case finished
    case failed(Failure)
  }

  package enum Failure: Sendable, Equatable {
    /// The call failed for a reason that waiting does not cure.
    case call(RPCError.Code, String)
    /// The gateway stayed unreachable for as long as allowed.
    case unreachable(String)
  }

  /// What a received part holds.
  package struct Received: Sendable, Equatable {
    package var entries: [LogEntry] = []
    /// Where the first of them begins in the attempt's log.
    package var firstOffset: UInt64 = 0
    /// Set where the part begins another attempt than the last one.
    package var newAttempt: UInt64?
  }

  /// Whether to go on until the job has ended.
  package let isFollowing: Bool
  /// Waits without any progress add up to at most this.
  private let patience: Duration
  private var backoff: Backoff
  private var waited = Duration.zero
  /// Errors since the last byte arrived that may be a gateway that stops, or one that is broken.
  private var faults = 0
  private static let maximumFaults = 5
  /// Job checks since the last byte arrived.
  private var idleChecks = 0
  private var decoder = LogEntryDecoder()
  /// Zero until the first part says which attempt it is about.
  private(set) package var epoch: UInt64
  /// Bytes of this attempt's log received so far.
  private(set) package var offset: UInt64 = 0
  /// The latest state of the log that the gateway told.
  private(set) package var logState = Sallyport_Operator_V1_LogState.unspecified

  /// - Parameters:
  ///   - epoch: The attempt to read; zero for the latest.
  package init(
    follow: Bool, epoch: UInt64 = 0, patience: Duration = .seconds(600),
    backoff: Backoff = Backoff(base: .milliseconds(250), maximum: .seconds(10))
  ) {
    isFollowing = follow
    self.epoch = epoch
    self.patience = patience
    self.backoff = backoff
  }

  /// Bytes that end in the middle of an entry; zero for a log that is whole.
  package var pendingBytes: Int { decoder.pendingBytes }

  package func start() -> Action { .read(epoch: epoch, offset: offset) }

  /// Takes a part of the log.
  ///
  /// - Throws: ``LogGap`` or `LogFormatError` for a log that cannot be what the worker wrote.
  package mutating func receive(_ part: Sallyport_Operator_V1_LogPart) throws -> Received {
    waited = .zero
    var received = Received()
    if part.epoch > epoch {
      if epoch != 0 { received.newAttempt = part.epoch }
      begin(attempt: part.epoch)
    } else if part.epoch < epoch {
      return received
    }
    logState = part.logState
    guard part.offset <= offset else { throw LogGap(expected: offset, found: part.offset) }
    let known = offset - part.offset
    guard known < UInt64(part.data.count) else { return received }
    idleChecks = 0
    faults = 0
    backoff.reset()
    decoder.append(part.data.dropFirst(Int(known)))
    offset += UInt64(part.data.count) - known
    received.firstOffset = offset - UInt64(decoder.pendingBytes)
    while let entry = try decoder.next() { received.entries.append(entry) }
    return received
  }

  /// The read ended, with an error or because the gateway had no more to send.
  package mutating func readEnded(_ error: RPCError?) -> Action {
    guard let error else { return isFollowing ? .checkJob : .finished }
    return retry(error, then: start())
  }

  /// The gateway answered with the job's state.
  package mutating func jobIs(_ job: Sallyport_Operator_V1_Job) -> Action {
    if job.epoch > epoch, epoch != 0 {
      begin(attempt: job.epoch)
      return .read(epoch: epoch, offset: offset)
    }
    logState = job.logState
    defer { idleChecks += 1 }
    if job.state.isFinal {
      // A log that the worker could not deliver whole stays shorter than it says.
      return offset >= job.logLength || idleChecks > 0 ? .finished : start()
    }
    return idleChecks == 0 ? start() : .wait(backoff.next(), then: start())
  }

  package mutating func jobCheckFailed(_ error: RPCError) -> Action {
    retry(error, then: .checkJob)
  }

  private mutating func retry(_ error: RPCError, then next: Action) -> Action {
    switch error.code {
    case .unavailable, .deadlineExceeded, .cancelled, .aborted, .resourceExhausted: break
    case .unknown, .internalError:
      guard faults < Self.maximumFaults else { fallthrough }
      faults += 1
    default: return .failed(.call(error.code, error.message))
    }
    guard waited < patience else { return .failed(.unreachable(error.message)) }
    // A draw of almost zero must not turn the bound on waiting into none on attempts.
    let delay = max(min(backoff.next(), patience - waited), .milliseconds(50))
    waited += delay
    return .wait(delay, then: next)
  }

  private mutating func begin(attempt: UInt64) {
    epoch = attempt
    offset = 0
    idleChecks = 0
    decoder = LogEntryDecoder()
    logState = .unspecified
  }
}

/// The gateway left out a piece of a log.
package struct LogGap: Error, Hashable, CustomStringConvertible {
  package let expected: UInt64
  package let found: UInt64

  package var description: String {
    "the gateway sent the log from byte \(found) where byte \(expected) was next"
  }
}
