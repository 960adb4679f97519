import NIOCore

/// How much of a TCP connection is read at once: as its peer sends, but for a few bytes at first.
///
/// The channel keeps the buffers that it reads into, the first one for as long as it lives. That one
/// is this small, and ``SocketCarrier`` holds on to it, so that the channel never reads into it
/// again; the others can be taken away from an idle connection.
struct ReceiveSizes: RecvByteBufferAllocator {
  private static let firstSize = 16

  private var sizes = AdaptiveRecvByteBufferAllocator(
    minimum: 1_024, initial: 4_096, maximum: 256 * 1_024)
  private var isFirst = true

  func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
    isFirst ? allocator.buffer(capacity: Self.firstSize) : sizes.buffer(allocator: allocator)
  }

  func nextBufferSize() -> Int? { isFirst ? Self.firstSize : sizes.nextBufferSize() }

  mutating func record(actualReadBytes: Int) -> Bool {
    guard isFirst else { return sizes.record(actualReadBytes: actualReadBytes) }
    isFirst = false
    return true
  }
}
