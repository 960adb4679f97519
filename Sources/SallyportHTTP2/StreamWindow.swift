/// How wide one stream's receive window is, and when it should be wider. Pure.
///
/// A window is too narrow where the sender runs short of it although the reader keeps up: then the
/// round trip is what holds them back (RFC 9113, section 5.2.3). A reader that lags behind gains
/// nothing from a wider window; the bytes would only wait here.
struct StreamWindow {
  /// Bytes.
  let size: Int
  private var ranShort = false

  init(size: Int) { self.size = size }

  /// - Parameter creditLeft: Bytes that the peer may still send before it hears from us.
  mutating func received(creditLeft: Int) {
    if creditLeft < size / 4 { ranShort = true }
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
