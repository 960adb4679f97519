package import SallyportCore

/// How often, and for how long, a checkout is tried whose connection breaks.
///
/// What a mirror already has is not fetched again; a pack that was cut off is, from its beginning,
/// because Git's protocol cannot go on in the middle of one.
package struct CheckoutRetries: Sendable {
  /// In all.
  package var attempts = 8
  /// From the beginning of the first to that of the last.
  package var time = Duration.seconds(300)
  package var backoff = Backoff(base: .milliseconds(500), maximum: .seconds(15))
  private var made = 1

  package init() {}

  /// The delay before the next attempt; nil where there is none.
  ///
  /// - Parameters:
  ///   - pause: What the gateway asks for.
  ///   - spent: Since the beginning of the first attempt.
  package mutating func next(atLeast pause: Duration, after spent: Duration) -> Duration? {
    let delay = max(pause, backoff.next())
    guard made < attempts, spent + delay <= time else { return nil }
    made += 1
    return delay
  }

  /// For an error; empty where there was one attempt only.
  package func spent(_ duration: Duration) -> String {
    made == 1 ? "" : " after \(made) attempts in \(duration.components.seconds) s, the last"
  }
}
