internal import Glibc

extension UnsafeMutableRawBufferPointer {
  /// Overwrites the bytes, also where the compiler sees that nobody reads them again.
  package func overwrite() {
    if let base = baseAddress { explicit_bzero(base, count) }
  }
}

extension [UInt8] {
  /// Overwrites the bytes and removes them. Of an array that is shared, only this one's copy.
  package mutating func wipe() {
    withUnsafeMutableBytes { $0.overwrite() }
    removeAll()
  }
}
