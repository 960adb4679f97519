import NIOCore
import Synchronization

/// What a hostile gateway got to see, and what it did.
final class HostileEvidence: Sendable {
  private struct State {
    var sent: [RelaySide: [UInt8]] = [:]
    var plaintext: [RelaySide: [UInt8]] = [:]
    var failures: [RelaySide: [String]] = [:]
    var actions = 0
  }

  private let state = Mutex(State())

  /// What a side has put into relays.
  func sent(by side: RelaySide) -> [UInt8] { state.withLock { $0.sent[side] ?? [] } }

  /// What of it could be decrypted.
  func plaintext(of side: RelaySide) -> [UInt8] { state.withLock { $0.plaintext[side] ?? [] } }

  /// How TLS connections to a side ended.
  func failures(of side: RelaySide) -> [String] { state.withLock { $0.failures[side] ?? [] } }

  /// How often an attack did what it is for.
  var actions: Int { state.withLock { $0.actions } }

  /// Everything at once, to be searched.
  var everything: [[UInt8]] {
    state.withLock { Array($0.sent.values) + Array($0.plaintext.values) }
  }

  func acted() { state.withLock { $0.actions += 1 } }

  func record(_ data: ByteBuffer, sentBy side: RelaySide) {
    state.withLock { $0.sent[side, default: []].append(contentsOf: data.readableBytesView) }
  }

  func record(_ plaintext: ByteBuffer, decryptedFrom side: RelaySide) {
    state.withLock {
      $0.plaintext[side, default: []].append(contentsOf: plaintext.readableBytesView)
    }
  }

  func record(_ failure: any Error, of side: RelaySide) {
    state.withLock { $0.failures[side, default: []].append("\(failure)") }
  }
}
