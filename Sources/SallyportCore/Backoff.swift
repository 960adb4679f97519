/// Full-jitter exponential backoff: each delay is drawn evenly from zero to a ceiling that doubles
/// with every failure, up to a maximum.
///
/// See "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015). Call ``reset()`` only after
/// the connection has been stable for ``stablePeriod``, so that a flapping peer stays backed off.
package struct Backoff: Sendable {
  package let base: Duration
  package let maximum: Duration
  /// How long a connection must live before the backoff starts over.
  package let stablePeriod: Duration
  private var failures = 0

  package init(
    base: Duration = .milliseconds(500), maximum: Duration = .seconds(30),
    stablePeriod: Duration = .seconds(60)
  ) {
    self.base = base
    self.maximum = maximum
    self.stablePeriod = stablePeriod
  }

  /// The ceiling of the next delay.
  package var ceiling: Duration {
    var ceiling = base
    for _ in 0..<min(failures, 32) {
      ceiling *= 2
      if ceiling >= maximum { return maximum }
    }
    return min(ceiling, maximum)
  }

  /// Draws the next delay and counts one more failure.
  ///
  /// - Parameter limit: Takes the place of a ceiling that is higher.
  package mutating func next(
    atMost limit: Duration? = nil, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let ceiling = min(self.ceiling, limit ?? maximum)
    failures += 1
    return ceiling * Double.random(in: 0...1, using: &generator)
  }

  package mutating func next() -> Duration {
    var generator = SystemRandomNumberGenerator()
    return next(using: &generator)
  }

  package mutating func reset() { failures = 0 }
}
