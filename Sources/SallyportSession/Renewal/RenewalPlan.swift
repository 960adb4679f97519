package import FoundationEssentials
import SallyportCore

/// When to renew one certificate: pure arithmetic on dates.
///
/// The first attempt is at 58 % of its life, give or take a tenth of that: between 52 % and 64 %.
/// A fleet that enrolled together spreads out, and there is a third of the life left to repeat
/// failed attempts in.
package struct RenewalPlan: Sendable {
  package enum Step: Hashable, Sendable {
    case renew
    /// Look again after this long. Never more than ten minutes, because wall clocks are set and
    /// machines sleep.
    case wait(Duration)
    case expired
  }

  private static let longestWait: TimeInterval = 600

  package let notBefore: Date
  package let notAfter: Date
  package private(set) var nextAttempt: Date
  private var backoff: Backoff

  package init(
    notBefore: Date, notAfter: Date, using generator: inout some RandomNumberGenerator
  ) {
    self.notBefore = notBefore
    self.notAfter = notAfter
    let life = notAfter.timeIntervalSince(notBefore)
    let fraction = 0.58 * Double.random(in: 0.9...1.1, using: &generator)
    nextAttempt = notBefore + life * fraction
    // At most five minutes, and at most a twentieth of a short life.
    let longest = max(0.1, min(300, life / 20))
    backoff = Backoff(base: .seconds(min(2, longest)), maximum: .seconds(longest))
  }

  package func step(at now: Date) -> Step {
    if now >= notAfter { return .expired }
    if now >= nextAttempt { return .renew }
    let next = min(nextAttempt, notAfter).timeIntervalSince(now)
    return .wait(.seconds(min(next, Self.longestWait)))
  }

  /// Schedules another attempt, with full jitter.
  package mutating func failed(at now: Date, using generator: inout some RandomNumberGenerator) {
    let delay = backoff.next(using: &generator)
    nextAttempt =
      now + Double(delay.components.seconds) + Double(delay.components.attoseconds) * 1e-18
  }
}
