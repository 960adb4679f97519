import NIOCore

extension ByteBuffer {
  /// Small pieces of a byte stream that wait are gathered into buffers of up to this many bytes.
  private static let gatheringLimit = 4_096

  /// Appends `next` where both together are small.
  /// - Returns: Whether it did.
  mutating func gather(_ next: ByteBuffer) -> Bool {
    guard readableBytes + next.readableBytes <= Self.gatheringLimit else { return false }
    writeImmutableBuffer(next)
    return true
  }
}
