/// Fields as bytes in one way only: each is preceded by its length (u32, big-endian), so that no two
/// lists of fields have the same bytes. The first says what the list is for.
package struct CanonicalFields {
  package private(set) var bytes: [UInt8] = []

  package init(purpose: String) {
    bytes.reserveCapacity(192)
    add(purpose)
  }

  package mutating func add(_ text: String) { add(Array(text.utf8)) }

  package mutating func add(_ number: some FixedWidthInteger) { add(number.bigEndianBytes) }

  /// Fields have at most a few kilobytes: a length that does not fit is a programmer's error.
  package mutating func add(_ field: [UInt8]) {
    precondition(field.count <= Int(UInt32.max), "a field is bounded before it is encoded")
    bytes.append(contentsOf: UInt32(field.count).bigEndianBytes)
    bytes.append(contentsOf: field)
  }
}
