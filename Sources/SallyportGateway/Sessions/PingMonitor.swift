import SallyportStore

/// Pings one peer, and notices when it stops answering.
struct PingMonitor: Sendable {
  enum Action: Hashable, Sendable {
    case none
    case ping(nonce: UInt64)
    case dead
  }

  static let allowedMisses = 2

  private let interval: Duration
  private var lastPing: Timestamp
  private var unanswered: [UInt64] = []

  init(interval: Duration, now: Timestamp) {
    self.interval = interval
    lastPing = now
  }

  mutating func tick(_ now: Timestamp, nonce: () -> UInt64) -> Action {
    guard now - lastPing >= interval else { return .none }
    guard unanswered.count < Self.allowedMisses else { return .dead }
    lastPing = now
    let nonce = nonce()
    unanswered.append(nonce)
    return .ping(nonce: nonce)
  }

  /// An answer to one ping answers those before it as well. Unknown nonces count for nothing.
  mutating func pong(_ nonce: UInt64) {
    guard let index = unanswered.firstIndex(of: nonce) else { return }
    unanswered.removeFirst(index + 1)
  }
}
