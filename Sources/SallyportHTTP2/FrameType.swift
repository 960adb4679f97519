/// RFC 9113, section 6.
enum FrameType: UInt8 {
  case data = 0
  case headers, priority, resetStream, settings, pushPromise, ping, goAway, windowUpdate
  case continuation
}

/// The frame flags that the engine looks at (RFC 9113, section 6).
enum FrameFlag {
  static let endStream: UInt8 = 0x1
  static let acknowledgement: UInt8 = 0x1
}
