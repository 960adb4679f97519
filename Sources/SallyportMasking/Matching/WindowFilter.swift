/// Says of a few bytes that no pattern contains them near its beginning, and is never wrong in that.
///
/// One bit for each hash of a window of bytes. Windows are taken from each pattern at every offset
/// below ``stride``, so that a scan need look at one position in ``stride`` only: wherever a
/// pattern begins, the next such position is inside it. The longer the shortest pattern, the wider
/// the windows and the longer the strides.
struct WindowFilter: Sendable {
  let stride: Int
  private let mask: UInt64
  private let shift: UInt64
  private let bits: [UInt64]

  /// - Parameters:
  ///   - width: Bytes of a window, at most eight.
  ///   - stride: Every pattern has at least `width + stride - 1` bytes.
  init(_ patterns: [[UInt8]], width: Int, stride: Int) {
    self.stride = stride
    mask = UInt64.max >> UInt64(64 - 8 * width)
    // One bit in sixteen is set at most; 8 KiB to 8 MiB.
    var exponent = 16
    while exponent < 26, 1 << exponent < 16 * patterns.count * stride { exponent += 1 }
    shift = UInt64(64 - exponent)
    var bits = [UInt64](repeating: 0, count: 1 << (exponent - 6))
    for pattern in patterns {
      for offset in 0..<stride {
        let window = pattern[offset..<min(offset + width, pattern.count)]
        let value = window.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let hash = (value &* Self.multiplier) >> shift
        bits[Int(hash >> 6)] |= 1 << (hash & 63)
      }
    }
    self.bits = bits
  }

  private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// - Parameter bytes: The first one in the lowest bits; those beyond the window do not count.
  @inline(__always)
  func mayContain(_ bytes: UInt64) -> Bool {
    let hash = ((bytes & mask) &* Self.multiplier) >> shift
    return bits[Int(truncatingIfNeeded: hash >> 6)] >> (hash & 63) & 1 != 0
  }

  /// The first position from `index` on, in strides, that may be inside a pattern's beginning; else
  /// the first one of which fewer than eight bytes are there.
  @inline(__always)
  func firstHit(in bytes: borrowing RawSpan, from index: Int) -> Int {
    let end = bytes.byteCount - 8
    var index = index
    bits.withUnsafeBufferPointer { bits in
      while index <= end {
        // `index` is between zero and eight bytes before the end; a hash has as many bits as `bits`.
        let value = unsafe bytes.unsafeLoadUnaligned(
          fromUncheckedByteOffset: index, as: UInt64.self)
        let hash = ((value.littleEndian & mask) &* Self.multiplier) >> shift
        let word = unsafe bits[Int(truncatingIfNeeded: hash >> 6)]
        if word >> (hash & 63) & 1 != 0 { break }
        index += stride
      }
    }
    return index
  }
}
