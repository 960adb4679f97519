/// Bytes from the system's cryptographic generator.
package func randomBytes(count: Int) -> [UInt8] {
  var generator = SystemRandomNumberGenerator()
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count)
  while bytes.count < count {
    // Each is a call to the kernel, whatever is used of it.
    withUnsafeBytes(of: generator.next()) { bytes += $0.prefix(count - bytes.count) }
  }
  return bytes
}
