/// Single hexadecimal digits (RFC 4648, section 8), as ASCII.
///
/// Usable from inline, because no member of a merely `package` type is inlined elsewhere.
@usableFromInline
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
    let number = digit &- UInt8(ascii: "0")
    if number < 10 { return number }
    let letter = digit &- UInt8(ascii: "a")
    return letter < 6 ? 10 + letter : nil
  }

  /// In either case; nil for what is no digit.
  @inlinable
  package static func value(of digit: UInt8) -> UInt8? {
    let number = digit &- UInt8(ascii: "0")
    if number < 10 { return number }
    // The bit in which the two cases differ.
    let letter = (digit | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? 10 + letter : nil
  }
}

/// Lower-case hexadecimal digits, two for each byte.
package func hexadecimalDigits(_ bytes: some Sequence<UInt8>) -> String {
  let text = bytes.withContiguousStorageIfAvailable { hexadecimalDigits($0.span) }
  return text ?? hexadecimalDigits(Array(bytes).span)
}

private func hexadecimalDigits(_ bytes: Span<UInt8>) -> String {
  String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
    for index in bytes.indices {
      text[2 * index] = Hexadecimal.digit(bytes[index] >> 4)
      text[2 * index + 1] = Hexadecimal.digit(bytes[index])
    }
    return 2 * bytes.count
  }
}

/// The bytes that an even number of lower-case hexadecimal digits stand for; nil for anything else.
package func bytesOfHexadecimalDigits(_ text: some StringProtocol) -> [UInt8]? {
  let bytes = text.utf8.withContiguousStorageIfAvailable { bytesOfHexadecimalDigits($0.span) }
  return bytes ?? bytesOfHexadecimalDigits(Array(text.utf8).span)
}

private func bytesOfHexadecimalDigits(_ digits: Span<UInt8>) -> [UInt8]? {
  guard digits.count.isMultiple(of: 2) else { return nil }
  var isValid = true
  let bytes = [UInt8](capacity: digits.count / 2) { bytes in
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = Hexadecimal.value(ofLowercase: digits[index]),
        let low = Hexadecimal.value(ofLowercase: digits[index + 1])
      else {
        isValid = false
        return
      }
      bytes.append(high << 4 | low)
    }
  }
  return isValid ? bytes : nil
}

extension StringProtocol {
  /// Whether this is so many lower-case hexadecimal digits, and nothing else.
  package func isHexadecimal(digits count: Int) -> Bool {
    let isHexadecimal = utf8.withContiguousStorageIfAvailable {
      areHexadecimalDigits($0.span, count)
    }
    return isHexadecimal ?? areHexadecimalDigits(Array(utf8).span, count)
  }
}

private func areHexadecimalDigits(_ text: Span<UInt8>, _ count: Int) -> Bool {
  text.count == count
    && text.indices.allSatisfy { Hexadecimal.value(ofLowercase: text[$0]) != nil }
}
