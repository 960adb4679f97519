/// Notices that a counter has stood still. Pure: sampled at equal intervals.
struct IdleWatch {
  /// Samples per timeout: a relay is ended at most a quarter late.
  static let samplesPerTimeout = 4

  private var last: UInt64
  private var unchanged = 0

  init(_ count: UInt64) { last = count }

  /// - Returns: True where nothing has moved for the timeout.
  mutating func sample(_ count: UInt64) -> Bool {
    if count == last {
      unchanged += 1
    } else {
      last = count
      unchanged = 0
    }
    return unchanged >= Self.samplesPerTimeout
  }
}
