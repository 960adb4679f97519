/// A point in time by the gateway's clock, in milliseconds since 1970-01-01T00:00:00Z.
///
/// The store compares only times that gateways wrote; no time of a worker or agent gets here.
package struct Timestamp: Hashable, Sendable, Comparable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package init(seconds: Int64) { self.milliseconds = seconds &* 1_000 }

  package var seconds: Int64 { milliseconds / 1_000 }

  package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

  package static func + (time: Self, duration: Duration) -> Self {
    Self(milliseconds: time.milliseconds &+ duration.wholeMilliseconds)
  }

  package static func - (time: Self, duration: Duration) -> Self {
    Self(milliseconds: time.milliseconds &- duration.wholeMilliseconds)
  }

  package static func - (end: Self, start: Self) -> Duration {
    .milliseconds(end.milliseconds &- start.milliseconds)
  }
}

extension Duration {
  /// Rounded towards zero.
  package var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds &* 1_000 &+ attoseconds / 1_000_000_000_000_000
  }
}
