import SallyportSecrets

/// Writes the fields of a small binary record: integers little-endian, strings and lists with a
/// 32-bit length before them.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ value: [UInt8]) {
    write(UInt32(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func write(_ value: String) { write(Array(value.utf8)) }

  mutating func write(_ value: SecretValue) {
    write(UInt32(value.count))
    value.withBytes { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ values: [String]) {
    write(UInt32(values.count))
    for value in values { write(value) }
  }
}
