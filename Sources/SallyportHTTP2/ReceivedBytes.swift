internal import NIOCore

/// The plaintext being parsed, and how a pointer into it becomes a slice that shares its storage.
struct ReceivedBytes {
  /// What is less than this part of its storage is copied out of it.
  private static let storageShare = 4

  private let buffer: ByteBuffer
  private let base: UnsafeRawPointer?

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
  /// Slices keep their storage alive for as long as a reader takes its time. One that is a small
  /// part of its storage is copied, so that memory held stays in proportion to the flow-control
  /// window, however little of each read is for a stream that nobody reads.
  func slice(at pointer: UnsafePointer<UInt8>, count: Int) -> ByteBuffer {
    guard let base else { return copy(of: pointer, count: count) }
    let offset = UnsafeRawPointer(pointer) - base
    guard offset >= 0, offset + count <= buffer.readableBytes,
      count >= buffer.storageCapacity / Self.storageShare
    else { return copy(of: pointer, count: count) }
    return buffer.getSlice(at: buffer.readerIndex + offset, length: count)
      ?? copy(of: pointer, count: count)
  }

  private func copy(of pointer: UnsafePointer<UInt8>, count: Int) -> ByteBuffer {
    ByteBuffer(bytes: UnsafeRawBufferPointer(start: pointer, count: count))
  }
}
