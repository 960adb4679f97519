import SallyportSecrets

/// Reads what ``ByteWriter`` wrote. Every read is nil where the bytes end too early, so damaged
/// input can neither trap nor make it allocate more than the input holds.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(bytes) }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value? {
    let size = Value.bitWidth / 8
    guard rest.count >= size else { return nil }
    var value: Value = 0
    withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: rest.prefix(size)) }
    rest = rest.dropFirst(size)
    return Value(littleEndian: value)
  }

  mutating func data() -> [UInt8]? {
    guard let length = integer(UInt32.self), rest.count >= Int(length) else { return nil }
    defer { rest = rest.dropFirst(Int(length)) }
    return Array(rest.prefix(Int(length)))
  }

  mutating func string() -> String? {
    guard let bytes = data() else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  mutating func secret() -> SecretValue? {
    guard let length = integer(UInt32.self), rest.count >= Int(length) else { return nil }
    defer { rest = rest.dropFirst(Int(length)) }
    return SecretValue(rest.prefix(Int(length)))
  }

  mutating func strings() -> [String]? {
    guard let count = integer(UInt32.self), rest.count / 4 >= Int(count) else { return nil }
    var values: [String] = []
    values.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard let value = string() else { return nil }
      values.append(value)
    }
    return values
  }
}
