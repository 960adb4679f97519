/// Single hexadecimal digits (RFC 4648, section 8), as ASCII.
package enum Hexadecimal {
  /// The lower-case digit of the four low bits.
  @inlinable
  package static func digit(_ value: UInt8) -> UInt8 {
    let value = value & 15
    return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }

  /// The upper-case digit of the four low bits.
  @inlinable
  package static func uppercaseDigit(_ value: UInt8) -> UInt8 {
    let value = value & 15
    return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") - 10 + value
  }

  /// Nil for anything but `0` to `9` and `a` to `f`.
  @inlinable
  package static func value(ofLowercase digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  /// In either case; nil for what is no digit.
  @inlinable
  package static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: value(ofLowercase: digit)
    }
  }
}

/// Lower-case hexadecimal digits, two for each byte.
package func hexadecimalDigits(_ bytes: some Sequence<UInt8>) -> String {
  var text: [UInt8] = []
  text.reserveCapacity(2 * bytes.underestimatedCount)
  for byte in bytes {
    text.append(Hexadecimal.digit(byte >> 4))
    text.append(Hexadecimal.digit(byte))
  }
  return String(decoding: text, as: UTF8.self)
}

/// The bytes that an even number of lower-case hexadecimal digits stand for; nil for anything else.
package func bytesOfHexadecimalDigits(_ text: some StringProtocol) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count.isMultiple(of: 2) else { return nil }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(digits.count / 2)
  for index in stride(from: 0, to: digits.count, by: 2) {
    guard let high = Hexadecimal.value(ofLowercase: digits[index]),
      let low = Hexadecimal.value(ofLowercase: digits[index + 1])
    else { return nil }
    bytes.append(high << 4 | low)
  }
  return bytes
}

extension StringProtocol {
  /// Whether this is so many lower-case hexadecimal digits, and nothing else.
  package func isHexadecimal(digits count: Int) -> Bool {
    utf8.count == count && utf8.allSatisfy { Hexadecimal.value(ofLowercase: $0) != nil }
  }
}
