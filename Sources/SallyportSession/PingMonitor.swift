/// Decides when a session is dead: a ping every interval, and two in a row without an answer.
///
/// The caller calls ``tick()`` at the session's start and once per interval, and hands over every
/// pong. Half-open connections, which TCP would notice only after many minutes, end after two
/// intervals.
package struct PingMonitor: Sendable {
  package enum Action: Hashable, Sendable {
    case send(nonce: UInt64)
    case dead
  }

  /// 30 s unless the gateway's Welcome says otherwise.
  package static let defaultInterval: Duration = .seconds(30)

  package let allowedMisses: Int
  private var nextNonce: UInt64
  private var outstanding: UInt64?
  private var misses = 0
  private var isDead = false

  /// - Parameter firstNonce: Random, so that a pong of an older session never counts.
  package init(allowedMisses: Int = 2, firstNonce: UInt64 = .random(in: .min ... .max)) {
    self.allowedMisses = allowedMisses
    nextNonce = firstNonce
  }

  package mutating func tick() -> Action {
    if outstanding != nil { misses += 1 }
    guard !isDead, misses < allowedMisses else {
      isDead = true
      return .dead
    }
    let nonce = nextNonce
    nextNonce &+= 1
    outstanding = nonce
    return .send(nonce: nonce)
  }

  /// An answer to the latest ping. Any other nonce proves nothing and is ignored.
  package mutating func receivedPong(nonce: UInt64) {
    guard nonce == outstanding, !isDead else { return }
    outstanding = nil
    misses = 0
  }
}
