import NIOCore

/// Says to one side what was said to it on an earlier relay; what that side answers is passed on.
final class Replay: RelayAttack {
  private let recorded: [UInt8]
  private let side: RelaySide
  private var isDone = false

  init(_ recorded: [UInt8], to side: RelaySide) {
    self.recorded = recorded
    self.side = side
  }

  func opened(_ relay: TappedRelay) {
    // A TLS server answers; it does not begin.
    if side == .agent { replay(relay) }
  }

  func received(_ data: ByteBuffer, from side: RelaySide, _ relay: TappedRelay) {
    if side == self.side { relay.send(data, to: side.opposite) }
    replay(relay)
  }

  private func replay(_ relay: TappedRelay) {
    guard !isDone else { return }
    isDone = true
    relay.evidence.acted()
    relay.send(ByteBuffer(bytes: recorded), to: side)
  }
}
