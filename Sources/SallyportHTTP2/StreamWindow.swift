internal import NIOCore

/// How wide one stream's receive window is, and when it should be wider. Pure.
///
/// A window is too narrow where the sender runs short of it although the reader keeps up: then the
/// round trip is what holds them back (RFC 9113, section 5.2.3). A reader that lags behind gains
/// nothing from a wider window; the bytes would only wait here.
struct StreamWindow {
  /// Over which a stream must show that it is worth a PING.
  private static let period: TimeAmount = .seconds(1)

  /// Bytes.
  let size: Int
  private var ranShort = false
  /// Bytes that have arrived in the current period, which began then.
  private var recent = 0
  private var recentSince = NIODeadline.uptimeNanoseconds(0)
  /// Bytes that have arrived in a round trip, and which (``RoundTripProbe``).
  private var inTrip = 0
  private var trip: UInt64 = 0

  init(size: Int) { self.size = size }

  /// - Parameters:
  ///   - creditLeft: Bytes that the peer may still send before it hears from us.
  ///   - trip: The round trip that is measured now.
  mutating func received(
    _ count: Int, creditLeft: Int, at now: NIODeadline, in trip: UInt64?
  ) {
    if creditLeft < size / 4 { ranShort = true }
    if now - recentSince >= Self.period { (recentSince, recent) = (now, 0) }
    recent += count
    guard let trip else { return }
    if trip != self.trip { (self.trip, inTrip) = (trip, 0) }
    inTrip += count
  }

  /// Whether enough arrives for a round trip to be worth measuring. What trickles in is not.
  var isBusy: Bool { recent >= size / 2 }

  /// A sender that waits for its window sends all of it in a round trip; or half of it, where it
  /// hears of it in halves, less what had been under way as the trip began.
  mutating func ended(_ trip: UInt64) {
    if trip == self.trip, inTrip >= size * 3 / 8 { ranShort = true }
  }

  /// - Parameter unread: Bytes received and not dealt with.
  func isTooNarrow(unread: Int) -> Bool { ranShort && unread <= size / 4 }

  /// - Parameters:
  ///   - unread: Bytes received and not dealt with.
  ///   - maximum: Bytes of the widest window: a share, which shrinks as others ask for theirs.
  ///   - room: Bytes by which all windows of the connection may still grow.
  /// - Returns: The new size, where there should be one.
  func resized(unread: Int, maximum: Int, room: Int) -> Int? {
    guard size <= maximum else { return maximum }
    guard isTooNarrow(unread: unread) else { return nil }
    let wider = min(size * 2, maximum, size + room)
    return wider > size ? wider : nil
  }
}
