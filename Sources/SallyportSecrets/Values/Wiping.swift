internal import Glibc

extension [UInt8] {
  /// Overwrites the bytes and removes them. Of an array that is shared, only this one's copy.
  package mutating func wipe() {
    withUnsafeMutableBytes { bytes in
      if let base = bytes.baseAddress { explicit_bzero(base, bytes.count) }
    }
    removeAll()
  }
}
