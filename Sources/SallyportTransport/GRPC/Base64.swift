internal import SallyportBytes

/// Base64 of RFC 4648, section 4, as `-bin` metadata uses it: with or without padding.
enum Base64 {
  /// Nil where the text is not base64.
  static func decode(_ text: Substring) -> [UInt8]? {
    var digits = text.utf8[...]
    var padding = 0
    while digits.last == UInt8(ascii: "="), padding < 2 {
      digits.removeLast()
      padding += 1
    }
    let count = digits.count
    guard count % 4 != 1, padding == 0 || (count + padding) % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * 3 / 4)
    var accumulator: UInt32 = 0
    var bits: UInt32 = 0
    for digit in digits {
      guard let value = sextet(digit) else { return nil }
      accumulator = accumulator << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: accumulator >> bits))
      }
    }
    return bytes
  }
}
