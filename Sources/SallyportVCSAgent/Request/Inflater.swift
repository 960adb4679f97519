internal import CZlib
internal import NIOCore

/// Undoes gzip (RFC 1952), a bounded piece at a time.
final class Inflater {
  /// Bytes of one piece of output.
  private static let pieceSize = 64 << 10

  // On the heap: zlib remembers where it is.
  private let stream: UnsafeMutablePointer<z_stream>
  /// The compressed data has ended, with a checksum that is right.
  private(set) var isFinished = false

  /// - Throws: ``RequestRefusal`` where there is no memory for it.
  init() throws(RequestRefusal) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 bits of window; 16 more for gzip, and nothing else, around it.
    let code = inflateInit2_(stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      stream.deallocate()
      throw RequestRefusal(.busy, "zlib error \(code)")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Takes some of the input, at least where there is room for what comes of it.
  ///
  /// - Returns: At most ``pieceSize`` bytes; none where more input is needed.
  /// - Throws: ``RequestRefusal`` where the input is not gzip.
  func inflate(_ input: inout ByteBuffer) throws(RequestRefusal) -> ByteBuffer {
    var output = ByteBuffer()
    var code = Z_OK
    input.readWithUnsafeMutableReadableBytes { source in
      stream.pointee.next_in = source.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = UInt32(clamping: source.count)
      let given = stream.pointee.avail_in
      output.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceSize) { target in
        stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(Self.pieceSize)
        code = CZlib.inflate(stream, Z_NO_FLUSH)
        return Self.pieceSize - Int(stream.pointee.avail_out)
      }
      return Int(given - stream.pointee.avail_in)
    }
    switch code {
    case Z_STREAM_END: isFinished = true
    // Z_BUF_ERROR: nothing to do without more input.
    case Z_OK, Z_BUF_ERROR: break
    default: throw RequestRefusal(.malformedBody, "zlib error \(code)")
    }
    return output
  }
}
