import NIOCore

/// Ciphertext on its way in and out of one engine: what OpenSSL reads from and writes to.
///
/// The inbound side lends the transport's own buffers, without a copy; the outbound side gathers
/// all records written between two calls of ``takeOutbound()`` in one buffer.
final class TLSBuffers {
  private var current = ByteBuffer()
  private var queued = CircularBuffer<ByteBuffer>(initialCapacity: 2)
  private var outbound = ByteBuffer()

  /// Bytes not yet read by OpenSSL.
  private(set) var inboundBytes = 0
  /// Bytes that OpenSSL has read since ``recordFinished()``: those of an incomplete record.
  private(set) var incompleteRecordBytes = 0
  var isInputEnded = false

  var outboundBytes: Int { outbound.readableBytes }

  func receive(_ ciphertext: ByteBuffer) {
    guard ciphertext.readableBytes > 0 else { return }
    if inboundBytes == 0 {
      current = ciphertext
    } else {
      queued.append(ciphertext)
    }
    inboundBytes += ciphertext.readableBytes
  }

  /// Fills `destination` as far as there is input.
  /// - Returns: The number of bytes, zero where there is none.
  func read(into destination: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while filled < destination.count, inboundBytes > 0 {
      let rest = UnsafeMutableRawBufferPointer(rebasing: destination[filled...])
      let count = current.readWithUnsafeReadableBytes { source in
        let count = min(source.count, rest.count)
        rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
        return count
      }
      filled += count
      inboundBytes -= count
      if current.readableBytes == 0 {
        current = queued.popFirst() ?? ByteBuffer()
      }
    }
    incompleteRecordBytes += filled
    return filled
  }

  /// The plaintext of all records that were read is out of OpenSSL's hands.
  func recordFinished() { incompleteRecordBytes = 0 }

  func discardInput() {
    current = ByteBuffer()
    queued.removeAll()
    inboundBytes = 0
  }

  func reserveOutbound(_ count: Int) {
    outbound.reserveCapacity(minimumWritableBytes: count)
  }

  func write(_ records: UnsafeRawBufferPointer) {
    outbound.writeBytes(records)
  }

  func takeOutbound() -> ByteBuffer? {
    guard outbound.readableBytes > 0 else { return nil }
    let taken = outbound
    outbound = ByteBuffer()
    return taken
  }
}
