import NIOCore

/// Tells both sides, in the middle of a response, that the other has said everything.
final class CleanCut: RelayAttack {
  let hidesResets = true
  private let position: Int
  private var seen = 0
  private var isCut = false

  /// - Parameter position: In bytes from the beginning of what the agent sends.
  init(at position: Int) { self.position = position }

  func received(_ data: ByteBuffer, from side: RelaySide, _ relay: TappedRelay) {
    guard !isCut else { return }
    guard side == .agent, seen + data.readableBytes >= position else {
      if side == .agent { seen += data.readableBytes }
      relay.send(data, to: side.opposite)
      return
    }
    isCut = true
    relay.evidence.acted()
    relay.send(data.getSlice(at: data.readerIndex, length: position - seen) ?? data, to: .worker)
    relay.end(.worker)
    relay.end(.agent)
  }
}
