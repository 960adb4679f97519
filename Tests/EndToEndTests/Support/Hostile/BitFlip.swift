import NIOCore

/// Changes one bit of what one side sends.
final class BitFlip: RelayAttack {
  private let side: RelaySide
  private let position: Int
  private var seen = 0

  /// - Parameters:
  ///   - side: Whose bytes are changed.
  ///   - position: In bytes from the beginning of what that side sends.
  init(from side: RelaySide, at position: Int) {
    self.side = side
    self.position = position
  }

  func received(_ data: ByteBuffer, from side: RelaySide, _ relay: TappedRelay) {
    var data = data
    if side == self.side {
      let index = data.readerIndex + position - seen
      seen += data.readableBytes
      if index >= data.readerIndex, let byte = data.getInteger(at: index, as: UInt8.self) {
        data.setInteger(byte ^ 1, at: index)
        relay.evidence.acted()
      }
    }
    relay.send(data, to: side.opposite)
  }
}
