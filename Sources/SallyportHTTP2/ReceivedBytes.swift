internal import NIOCore

/// The plaintext being parsed, and how a pointer into it becomes a slice that shares its storage.
struct ReceivedBytes {
  private var buffer: ByteBuffer
  private let base: UnsafeRawPointer?
  private var isFitted = false

  /// - Parameter base: Where the readable bytes of `buffer` are; valid while they are parsed.
  init(_ buffer: ByteBuffer, base: UnsafeRawPointer?) {
    self.buffer = buffer
    self.base = base
  }

  init() {
    self.init(ByteBuffer(), base: nil)
  }

  /// The slice at `pointer`; a copy where that is not inside the buffer.
  ///
  /// Slices keep their storage alive for as long as a reader takes its time. Where the storage is
  /// mostly unused, the few bytes received are copied into one that fits, so that memory held stays
  /// in proportion to the flow-control window.
  mutating func slice(at pointer: UnsafePointer<UInt8>, count: Int) -> ByteBuffer {
    guard let base else { return copy(of: pointer, count: count) }
    let offset = UnsafeRawPointer(pointer) - base
    guard offset >= 0, offset + count <= buffer.readableBytes else {
      return copy(of: pointer, count: count)
    }
    if !isFitted {
      isFitted = true
      if buffer.storageCapacity / 4 > buffer.readableBytes {
        var fitted = ByteBufferAllocator().buffer(capacity: buffer.readableBytes)
        fitted.writeImmutableBuffer(buffer)
        buffer = fitted
      }
    }
    return buffer.getSlice(at: buffer.readerIndex + offset, length: count)
      ?? copy(of: pointer, count: count)
  }

  private func copy(of pointer: UnsafePointer<UInt8>, count: Int) -> ByteBuffer {
    ByteBuffer(bytes: UnsafeRawBufferPointer(start: pointer, count: count))
  }
}
