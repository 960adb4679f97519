import GRPCCore
package import NIOCore

/// The bytes of one gRPC message.
///
/// Messages that this process serialises lie behind their five-byte prefix (gRPC over HTTP/2,
/// "Length-Prefixed-Message") from the start, so that framing copies nothing.
package struct TransportBytes: GRPCContiguousBytes, Sendable {
  static let prefixLength = 5
  /// Messages up to this many bytes are copied behind their prefix rather than sent apart from it.
  private static let copyThreshold = 4_096

  package private(set) var buffer: ByteBuffer
  /// The prefix lies in `buffer` just before the readable bytes.
  private let hasPrefix: Bool

  /// Wraps received bytes without copying them.
  package init(_ buffer: ByteBuffer) {
    self.buffer = buffer
    self.hasPrefix = false
  }

  package init(repeating byte: UInt8, count: Int) {
    self.init(capacity: count) { $0.writeRepeatingByte(byte, count: count) }
  }

  package init<Bytes: Sequence>(_ sequence: Bytes) where Bytes.Element == UInt8 {
    self.init(capacity: sequence.underestimatedCount) { $0.writeBytes(sequence) }
  }

  private init(capacity: Int, _ write: (inout ByteBuffer) -> Void) {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(Self.prefixLength + capacity)
    Self.writePrefix(length: 0, to: &buffer)
    buffer.moveReaderIndex(forwardBy: Self.prefixLength)
    write(&buffer)
    buffer.setInteger(UInt32(truncatingIfNeeded: buffer.readableBytes), at: 1)
    self.buffer = buffer
    self.hasPrefix = true
  }

  package var count: Int { buffer.readableBytes }

  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try buffer.withUnsafeReadableBytes(body)
  }

  package mutating func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) rethrows -> R {
    try buffer.withUnsafeMutableReadableBytes(body)
  }

  /// The message behind its prefix, uncompressed: one buffer, or two where the bytes are shared
  /// and too many to copy.
  func framed() -> (first: ByteBuffer, second: ByteBuffer?) {
    var framed = buffer
    if hasPrefix {
      framed.moveReaderIndex(to: framed.readerIndex - Self.prefixLength)
      return (framed, nil)
    }
    let isCopied = buffer.readableBytes <= Self.copyThreshold
    framed = ByteBuffer()
    framed.reserveCapacity(Self.prefixLength + (isCopied ? buffer.readableBytes : 0))
    Self.writePrefix(length: buffer.readableBytes, to: &framed)
    guard isCopied else { return (framed, buffer) }
    framed.writeImmutableBuffer(buffer)
    return (framed, nil)
  }

  private static func writePrefix(length: Int, to buffer: inout ByteBuffer) {
    buffer.writeInteger(UInt8(0))
    buffer.writeInteger(UInt32(truncatingIfNeeded: length))
  }
}
