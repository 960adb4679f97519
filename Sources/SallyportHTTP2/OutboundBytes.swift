internal import NIOCore

/// Bytes of one stream that wait for the peer's windows; whole buffers, copied once into the output.
///
/// Small ones are gathered, so that memory stays in proportion to the bytes.
struct OutboundBytes {
  /// Buffers that together stay below this many bytes become one.
  private static let gathering = 1_024

  private var buffers = CircularBuffer<ByteBuffer>(initialCapacity: 2)
  private(set) var byteCount = 0

  var isEmpty: Bool { byteCount == 0 }
  var bufferCount: Int { buffers.count }

  mutating func append(_ buffer: ByteBuffer) {
    guard buffer.readableBytes > 0 else { return }
    byteCount += buffer.readableBytes
    if let last = buffers.last, last.readableBytes + buffer.readableBytes <= Self.gathering,
      var gathered = buffers.popLast()
    {
      gathered.writeImmutableBuffer(buffer)
      buffers.append(gathered)
    } else {
      buffers.append(buffer)
    }
  }

  /// Moves the first `count` bytes to the end of `output`. There must be that many.
  mutating func move(_ count: Int, to output: inout ByteBuffer) {
    precondition(count <= byteCount, "a frame longer than what is queued for it")
    byteCount -= count
    var missing = count
    while missing > 0, var first = buffers.popFirst() {
      if first.readableBytes <= missing {
        missing -= output.writeBuffer(&first)
      } else {
        var slice = first.readSlice(length: missing) ?? ByteBuffer()
        missing -= output.writeBuffer(&slice)
        buffers.prepend(first)
      }
    }
  }

  /// Drops everything.
  mutating func removeAll() {
    buffers = CircularBuffer(initialCapacity: 2)
    byteCount = 0
  }
}
