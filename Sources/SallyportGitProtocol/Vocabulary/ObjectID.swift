internal import SallyportBytes

/// The id of a Git object: 40 hexadecimal digits of SHA-1, or 64 of SHA-256.
///
/// Either case is read and lower case written, as gitprotocol-pack(5) says.
package struct ObjectID: Hashable, Sendable, CustomStringConvertible {
  package let format: ObjectFormat
  /// 16 digits each; those that the format does not have are zero.
  let words: (UInt64, UInt64, UInt64, UInt64)

  /// Nil where these are not exactly the digits of an id.
  package init?(_ digits: some Collection<UInt8>) {
    guard let format = ObjectFormat(digits: digits.count) else { return nil }
    self.init(digits, format)
  }

  package init?(_ text: some StringProtocol) { self.init(Array(text.utf8)) }

  init(format: ObjectFormat, words: (UInt64, UInt64, UInt64, UInt64)) {
    self.format = format
    self.words = words
  }

  private init?(_ digits: some Collection<UInt8>, _ format: ObjectFormat) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var word: UInt64 = 0
    var count = 0
    for digit in digits {
      guard let value = Hexadecimal.value(of: digit) else { return nil }
      word = word << 4 | UInt64(value)
      count += 1
      switch count {
      case 16: words.0 = word
      case 32: words.1 = word
      case 40 where format == .sha1: words.2 = word << 32
      case 48: words.2 = word
      case 64: words.3 = word
      default: continue
      }
      word = 0
    }
    self.init(format: format, words: words)
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
    var left = format.digits
    for word in [words.0, words.1, words.2, words.3] {
      var shift: UInt64 = 64
      while shift > 0, left > 0 {
        shift -= 4
        left -= 1
        bytes.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: word >> shift)))
      }
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
