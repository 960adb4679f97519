extension RawSpan {
  /// The byte at an offset; any byte is an integer, and the offset is checked.
  @inline(__always)
  func byte(at offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// Four bytes from an offset on, the first one in the lowest bits; the offset is checked.
  @inline(__always)
  func fourBytes(at offset: Int) -> UInt32 {
    unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian
  }
}
