internal import NIOCore

/// A token bucket that stores one number: at most `limit` at once, refilled at `limit` per interval.
///
/// It keeps the time at which the bucket would be full again (the generic cell rate algorithm), so
/// that neither a timer nor a list of past times is needed.
struct RateBucket: Sendable {
  /// Nanoseconds that one token takes to grow back.
  private let step: UInt64
  private let interval: UInt64
  private var fullAgain: UInt64 = 0

  /// - Parameter limit: Tokens; less than one counts as one.
  init(limit: Int, interval: TimeAmount) {
    let limit = UInt64(max(1, limit))
    self.interval = UInt64(max(1, interval.nanoseconds))
    self.step = max(1, (self.interval + limit - 1) / limit)
  }

  /// Takes a token. False where none is left.
  mutating func take(at now: NIODeadline) -> Bool {
    let now = now.uptimeNanoseconds
    let start = max(fullAgain, now)
    guard start - now + step <= interval else { return false }
    fullAgain = start + step
    return true
  }

  /// Puts tokens back, never above the limit.
  mutating func giveBack(_ count: Int) {
    let (credit, overflow) = UInt64(max(0, count)).multipliedReportingOverflow(by: step)
    fullAgain = overflow || credit > fullAgain ? 0 : fullAgain - credit
  }
}
