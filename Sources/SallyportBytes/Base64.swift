/// The bytes that a text in Base64 (RFC 4648, section 4) stands for; nil for anything else, also for
/// blanks, missing padding, and bits after the last byte that are not zero.
///
/// Leaves no copies of the text behind, unlike what goes through a string.
package func bytesOfBase64(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
  guard text.count.isMultiple(of: 4) else { return nil }
  let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.count / 4 * 3)
  var bits: UInt32 = 0
  var count = 0
  for digit in text.dropLast(padding) {
    guard let value = sextet(digit) else {
      bytes.wipe()
      return nil
    }
    bits = (bits << 6 | UInt32(value)) & 0xFFFF
    count += 6
    guard count >= 8 else { continue }
    count -= 8
    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
  }
  guard bits & (1 << UInt32(count) - 1) == 0 else {
    bytes.wipe()
    return nil
  }
  return bytes
}

/// The six bits of a digit of Base64; nil for anything else, also for padding.
package func sextet(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
  case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
  case UInt8(ascii: "+"): 62
  case UInt8(ascii: "/"): 63
  default: nil
  }
}
