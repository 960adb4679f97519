/// The bytes that a text in Base64 (RFC 4648, section 4) stands for; nil for anything else, also for
/// blanks, missing padding, and bits after the last byte that are not zero.
///
/// Leaves no copies of the text behind, unlike what goes through a string.
package func bytesOfBase64(_ text: Span<UInt8>) -> [UInt8]? {
  guard text.count.isMultiple(of: 4) else { return nil }
  let padding = padding(of: text)
  // Has higher bits than a sextet where one of the digits is none.
  var seen = SIMD4<UInt8>()
  // The last three bytes.
  var last: UInt32 = 0
  var bytes = [UInt8](capacity: text.count / 4 * 3) { bytes in
    for start in stride(from: 0, to: text.count, by: 4) {
      var digits = SIMD4(text[start], text[start + 1], text[start + 2], text[start + 3])
      if start == text.count - 4 {
        // As if it were zeros.
        for index in 4 - padding..<4 { digits[index] = UInt8(ascii: "A") }
      }
      let sextets = sextets(digits)
      seen |= sextets
      last =
        UInt32(sextets[0]) << 18 | UInt32(sextets[1]) << 12 | UInt32(sextets[2]) << 6
        | UInt32(sextets[3])
      bytes.append(UInt8(truncatingIfNeeded: last >> 16))
      bytes.append(UInt8(truncatingIfNeeded: last >> 8))
      bytes.append(UInt8(truncatingIfNeeded: last))
    }
  }
  guard seen.max() < 64, last & (1 << UInt32(8 * padding) - 1) == 0 else {
    bytes.wipe()
    return nil
  }
  bytes.removeLast(padding)
  return bytes
}

/// The six bits of a digit of Base64; nil for anything else, also for padding.
package func sextet(_ digit: UInt8) -> UInt8? {
  let value = sextets(SIMD4(repeating: digit))[0]
  return value < 64 ? value : nil
}

/// The six bits of each digit of Base64; 255 for anything else.
///
/// Without branches: which digit is next in a random text cannot be guessed, and the time should not
/// tell those of a secret.
@inline(__always)
private func sextets(_ digits: SIMD4<UInt8>) -> SIMD4<UInt8> {
  let upper = digits &- UInt8(ascii: "A")
  let lower = digits &- UInt8(ascii: "a")
  let number = digits &- UInt8(ascii: "0")
  var values = SIMD4<UInt8>(repeating: .max)
  values.replace(with: upper, where: upper .< 26)
  values.replace(with: lower &+ 26, where: lower .< 26)
  values.replace(with: number &+ 52, where: number .< 10)
  values.replace(with: 62, where: digits .== UInt8(ascii: "+"))
  values.replace(with: 63, where: digits .== UInt8(ascii: "/"))
  return values
}

/// How many of the last two characters are padding.
private func padding(of text: Span<UInt8>) -> Int {
  guard text.count >= 2, text[text.count - 1] == UInt8(ascii: "=") else { return 0 }
  return text[text.count - 2] == UInt8(ascii: "=") ? 2 : 1
}
