/// Fields as bytes in one way only: each is preceded by its length (u32, big-endian), so that no two
/// lists of fields have the same bytes. The first says what the list is for.
struct CanonicalFields {
  private(set) var bytes: [UInt8] = []

  init(purpose: String) { add(purpose) }

  mutating func add(_ text: String) { add(Array(text.utf8)) }

  mutating func add(_ number: UInt64) {
    add(withUnsafeBytes(of: number.bigEndian) { Array($0) })
  }

  /// Fields have at most a few kilobytes: a length that does not fit is a programmer's error.
  mutating func add(_ field: [UInt8]) {
    precondition(field.count <= Int(UInt32.max), "a field is bounded before it is encoded")
    withUnsafeBytes(of: UInt32(field.count).bigEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: field)
  }
}
