import NIOCore
import SallyportHTTP2

/// Finds streams whose peer has kept the window shut for too long. Pure.
struct StallWatch {
  private let timeout: TimeAmount
  private var stalledSince: [HTTP2StreamID: NIODeadline] = [:]

  init(timeout: TimeAmount) { self.timeout = timeout }

  mutating func progressed(_ stream: HTTP2StreamID) {
    if !stalledSince.isEmpty { stalledSince[stream] = nil }
  }

  /// - Returns: Streams that have been stalled, without any progress, for the timeout.
  mutating func check(_ stalled: [HTTP2StreamID], now: NIODeadline) -> [HTTP2StreamID] {
    var still: [HTTP2StreamID: NIODeadline] = [:]
    var expired: [HTTP2StreamID] = []
    for stream in stalled {
      let since = stalledSince[stream] ?? now
      if now - since >= timeout {
        expired.append(stream)
      } else {
        still[stream] = since
      }
    }
    stalledSince = still
    return expired
  }
}
