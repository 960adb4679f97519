/// What one of OpenSSL's `i2d` functions writes; nil where it has nothing to write.
///
/// - Parameter write: Called twice: with nil for the length, then with where to write to.
func encoding(
  _ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
) -> [UInt8]? {
  let length = write(nil)
  guard length > 0 else { return nil }
  return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
    var cursor = buffer.baseAddress
    count = max(0, Int(write(&cursor)))
  }
}
