import Glibc
import SwiftProtobuf

/// A time of day, for log entries and reports; never for deadlines.
package struct WallTime: Hashable, Sendable {
  /// Since 1970-01-01T00:00:00Z.
  package var microseconds: UInt64

  package init(microseconds: UInt64) { self.microseconds = microseconds }

  package static func now() -> WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(
      microseconds: UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000)
  }

  var timestamp: Google_Protobuf_Timestamp {
    Google_Protobuf_Timestamp(
      seconds: Int64(microseconds / 1_000_000), nanos: Int32(microseconds % 1_000_000 * 1_000))
  }
}
