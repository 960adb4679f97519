internal import NIOCore

/// Counts the frames that cost a peer next to nothing and us more, each kind in its own bucket.
///
/// What each kind guards against, and how often it may happen as a multiple of the limit N
/// (`TransportLimits.maximumControlFrames`) per interval:
///
/// | kind | times N | guards against |
/// | --- | --- | --- |
/// | `earlyReset` | 1 | rapid reset, CVE-2023-44487 |
/// | `reset` | 4 | any other RST_STREAM |
/// | `provokedReset` | 1 | resets that we are made to send, CVE-2025-8671 |
/// | `ping` | 1, and 1 per DATA frame sent | replies without end, CVE-2019-9512 |
/// | `settings` | 1 | the same, CVE-2019-9515 |
/// | `emptyFrame` | 1 | frames without content, CVE-2019-9518 |
/// | `other` | 1 | PRIORITY, GOAWAY and informational responses, CVE-2019-9513 |
/// | `windowUpdate` | 10, and 2 per KiB of DATA sent | WINDOW_UPDATE floods |
///
/// Frames that the library skips (unknown types, DATA of closed streams) are not counted: they cost
/// no more than reading them.
///
/// A reset is early where the request has not been answered: only then does the reset throw away
/// work that it does not pay for. A busy relay connection may cancel hundreds of answered streams
/// (a job that ends cancels its fetches) without coming near a limit. A peer that does exceed one
/// loses the connection, not its work: sessions reconnect, and leases outlive the reconnection.
struct AbuseLimiter: Sendable {
  enum Kind: Int, CaseIterable, Sendable {
    case earlyReset, reset, provokedReset, ping, settings, emptyFrame, other, windowUpdate

    fileprivate var factor: Int {
      switch self {
      case .earlyReset, .provokedReset, .ping, .settings, .emptyFrame, .other: 1
      case .reset: AbuseLimiter.resetFactor
      case .windowUpdate: 10
      }
    }
  }

  /// How many more answered streams than unanswered ones may be reset.
  static let resetFactor = 4

  private var buckets: [RateBucket]

  init(limit: Int, interval: TimeAmount) {
    self.buckets = Kind.allCases.map {
      RateBucket(limit: max(1, limit).multipliedClamping(by: $0.factor), interval: interval)
    }
  }

  /// Counts one occurrence. False where the peer has gone too far.
  mutating func allows(_ kind: Kind, at now: NIODeadline) -> Bool {
    buckets[kind.rawValue].take(at: now)
  }

  /// DATA that we send entitles the peer to frames in return: readers open the windows of stream and
  /// connection every few KiB, and some measure the round trip by a PING each time data arrives.
  mutating func dataFrameSent(bytes: Int) {
    buckets[Kind.windowUpdate.rawValue].giveBack(2 * (1 + bytes / 1_024))
    buckets[Kind.ping.rawValue].giveBack(1)
  }
}

extension Int {
  fileprivate func multipliedClamping(by factor: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }
}

extension AbuseLimiter.Kind: CustomStringConvertible {
  /// Completes "too many …".
  var description: String {
    switch self {
    case .earlyReset: "requests reset before they were answered"
    case .reset: "stream resets"
    case .provokedReset: "stream errors"
    case .ping: "PING frames"
    case .settings: "SETTINGS frames"
    case .emptyFrame: "empty frames"
    case .other: "PRIORITY, GOAWAY or informational frames"
    case .windowUpdate: "WINDOW_UPDATE frames"
    }
  }
}
