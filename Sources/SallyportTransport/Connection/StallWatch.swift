import NIOCore
import SallyportHTTP2

/// Finds streams whose peer takes next to nothing of what is queued for it. Pure.
///
/// What counts is what has been sent, not the state of a window: a peer that opens its window by
/// single bytes keeps as much memory waiting as one that never does.
struct StallWatch {
  /// Bytes of a stream that have to leave per timeout, where that many are queued.
  static let minimumProgress = 4_096

  private struct Wait {
    var since: NIODeadline
    var sent = 0
  }

  private let timeout: TimeAmount
  private var waiting: [HTTP2StreamID: Wait] = [:]

  init(timeout: TimeAmount) { self.timeout = timeout }

  /// - Parameter isAllSent: Whether nothing is queued any more.
  mutating func progressed(_ stream: HTTP2StreamID, bytes: Int, isAllSent: () -> Bool) {
    guard !waiting.isEmpty, var wait = waiting[stream] else { return }
    wait.sent += bytes
    waiting[stream] = wait.sent >= Self.minimumProgress || isAllSent() ? nil : wait
  }

  /// - Parameter streams: Those that have data queued.
  /// - Returns: Those that have had too little progress for the timeout.
  mutating func check(_ streams: [HTTP2StreamID], now: NIODeadline) -> [HTTP2StreamID] {
    var still: [HTTP2StreamID: Wait] = [:]
    var expired: [HTTP2StreamID] = []
    for stream in streams {
      let wait = waiting[stream] ?? Wait(since: now)
      if now - wait.since >= timeout {
        expired.append(stream)
      } else {
        still[stream] = wait
      }
    }
    waiting = still
    return expired
  }
}
