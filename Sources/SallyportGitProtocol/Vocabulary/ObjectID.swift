internal import SallyportBytes

/// The id of a Git object: 40 hexadecimal digits of SHA-1, or 64 of SHA-256.
///
/// Either case is read and lower case written, as gitprotocol-pack(5) says.
package struct ObjectID: Hashable, Sendable, CustomStringConvertible {
  package let format: ObjectFormat
  /// 16 digits each; those that the format does not have are zero.
  let words: (UInt64, UInt64, UInt64, UInt64)

  /// Nil where these are not exactly the digits of an id.
  package init?(_ digits: ArraySlice<UInt8>) { self.init(digits.span) }

  package init?(_ text: some StringProtocol) { self.init(Array(text.utf8).span) }

  init(format: ObjectFormat, words: (UInt64, UInt64, UInt64, UInt64)) {
    self.format = format
    self.words = words
  }

  private init?(_ digits: Span<UInt8>) {
    guard let format = ObjectFormat(digits: digits.count),
      let first = Self.word(digits, from: 0), let second = Self.word(digits, from: 16),
      let third = Self.word(digits, from: 32), let fourth = Self.word(digits, from: 48)
    else { return nil }
    self.init(format: format, words: (first, second, third, fourth))
  }

  /// Sixteen digits; zero where there are none left.
  private static func word(_ digits: Span<UInt8>, from start: Int) -> UInt64? {
    var word: UInt64 = 0
    for index in start..<min(start + 16, max(start, digits.count)) {
      guard let value = Hexadecimal.value(of: digits[index]) else { return nil }
      word |= UInt64(value) << UInt64(60 - 4 * (index - start))
    }
    return word
  }

  /// The id that names no object.
  package static func zero(_ format: ObjectFormat) -> ObjectID {
    ObjectID(format: format, words: (0, 0, 0, 0))
  }

  package var isZero: Bool { words == (0, 0, 0, 0) }

  package var description: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  func write(into bytes: inout [UInt8]) {
    bytes.append(addingCapacity: format.digits) { bytes in
      Self.write(words.0, into: &bytes, digits: 16)
      Self.write(words.1, into: &bytes, digits: 16)
      Self.write(words.2, into: &bytes, digits: min(16, format.digits - 32))
      Self.write(words.3, into: &bytes, digits: max(0, format.digits - 48))
    }
  }

  private static func write(_ word: UInt64, into bytes: inout OutputSpan<UInt8>, digits: Int) {
    for index in 0..<digits {
      bytes.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * index))))
    }
  }

  package static func == (one: ObjectID, other: ObjectID) -> Bool {
    one.words == other.words && one.format == other.format
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}
