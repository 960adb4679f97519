/// Whether a job is run again, and when.
package struct RetryPolicy: Hashable, Sendable {
  package var on: RetryOn
  /// Attempts that begin to run, the first included. Offers that nobody accepted do not count.
  package var maximumAttempts: UInt32
  /// Before the second attempt; doubled for each further one.
  package var backoff: Duration
  package var maximumBackoff: Duration

  package static let never = RetryPolicy(
    on: .never, maximumAttempts: 1, backoff: .zero, maximumBackoff: .zero)

  package init(
    on: RetryOn, maximumAttempts: UInt32, backoff: Duration, maximumBackoff: Duration
  ) {
    self.on = on
    self.maximumAttempts = maximumAttempts
    self.backoff = backoff
    self.maximumBackoff = maximumBackoff
  }

  /// Whether an attempt that ended like this is followed by another one.
  ///
  /// - Parameter attemptsRun: Those that have begun to run, this one included.
  package func isRetried(_ outcome: JobState, attemptsRun: UInt32) -> Bool {
    guard attemptsRun < maximumAttempts else { return false }
    return switch outcome {
    case .lost: on != .never
    case .failed, .timedOut: on == .always
    case .queued, .offered, .running, .succeeded, .cancelled: false
    }
  }

  /// How long the job waits after that many attempts.
  ///
  /// - Parameter jitter: From 0 to 1, drawn at random: the wait is up to a tenth shorter, so that
  ///   jobs which were lost together do not come back together.
  package func delay(afterAttempts attemptsRun: UInt32, jitter: Double) -> Duration {
    var delay = min(backoff, maximumBackoff)
    for _ in 1..<max(attemptsRun, 1) {
      guard delay < maximumBackoff else { break }
      delay = min(delay * 2, maximumBackoff)
    }
    return delay - delay / 10 * min(max(jitter, 0), 1)
  }

  /// What is recorded of an attempt's end: which one it was, where there may be several.
  package func reason(_ reason: String, of outcome: JobState, attemptsRun: UInt32) -> String {
    guard on != .never, maximumAttempts > 1 else { return reason }
    switch outcome {
    case .failed, .timedOut, .lost: break
    case .queued, .offered, .running, .succeeded, .cancelled: return reason
    }
    let number = "attempt \(attemptsRun) of \(maximumAttempts)"
    return reason.isEmpty ? number : "\(number): \(reason)"
  }
}
