extension RawSpan {
  @inline(__always)
  func unsafeLoadByte(_ index: Int) -> UInt8 {
    // Checked.
    unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
  }

  /// Four bytes, the first one in the lowest bits.
  @inline(__always)
  func unsafeLoad(fromByteOffset index: Int) -> UInt32 {
    unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self).littleEndian
  }
}
