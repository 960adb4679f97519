internal import NIOCore

/// Finds out what arrives in a round trip, by a PING now and then. Pure.
///
/// A stream whose window is used up in a round trip goes no faster than its window, however fast its
/// reader is: that shows in no other way to a reader that deals with bytes as they arrive, because by
/// its own books there is always credit left (RFC 9113, section 6.9.1).
struct RoundTripProbe {
  /// Of our PINGs; those of a connection's user differ.
  static let payload: UInt64 = 0x5361_6c6c_7954_7269

  /// The round trip under way, or the last one.
  private(set) var trip: UInt64 = 0
  private(set) var isUnderWay = false
  /// Few enough for any peer that counts PINGs, and enough for a window to grow within a second.
  private var allowed = RateBucket(limit: 10, interval: .seconds(3))

  /// - Returns: Whether to send a PING now.
  mutating func begin(at now: NIODeadline) -> Bool {
    guard !isUnderWay, allowed.take(at: now) else { return false }
    isUnderWay = true
    trip += 1
    return true
  }

  /// The PING has been answered.
  /// - Returns: The round trip that is over; nil where none was under way.
  mutating func end() -> UInt64? {
    guard isUnderWay else { return nil }
    isUnderWay = false
    return trip
  }
}
