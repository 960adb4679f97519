internal import SallyportBytes

/// Strings as a ledger writes them: JSON, and of it the form that is printable ASCII only.
///
/// Everything else is escaped, `\n` and its like where JSON has a short form, `\u00e9` otherwise:
/// a line stays one line, and shows in a terminal as what it is, whatever the peer had sent (line
/// separators, direction overrides, escape sequences). It is the form that Python's `json.dumps`
/// and others write by default, and there is exactly one for each text.
enum LedgerText {
  /// Appends `text` in quotes, of at most `limit` bytes between them. What does not fit is cut off,
  /// and U+2026 takes its place.
  static func append(_ text: some StringProtocol, limit: Int, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    let start = output.count
    var cut = start
    for scalar in text.unicodeScalars {
      append(scalar, to: &output)
      if output.count - start > limit {
        output.removeSubrange(cut...)
        output.append(contentsOf: ellipsis)
        break
      }
      if output.count - start <= limit - ellipsis.count { cut = output.count }
    }
    output.append(UInt8(ascii: "\""))
  }

  /// The bytes that ``append(_:limit:to:)`` writes, quotes included.
  static func encoded(_ text: some StringProtocol, limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    append(text, limit: limit, to: &bytes)
    return bytes
  }

  /// The letter of a two-byte escape, for the few that have one.
  static func shortEscape(_ value: UInt32) -> UInt8? {
    switch value {
    case 0x08: UInt8(ascii: "b")
    case 0x09: UInt8(ascii: "t")
    case 0x0a: UInt8(ascii: "n")
    case 0x0c: UInt8(ascii: "f")
    case 0x0d: UInt8(ascii: "r")
    case 0x22: UInt8(ascii: "\"")
    case 0x5c: UInt8(ascii: "\\")
    default: nil
    }
  }

  private static let ellipsis = Array("\\u2026".utf8)

  private static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
    if let letter = shortEscape(scalar.value) {
      output.append(UInt8(ascii: "\\"))
      output.append(letter)
    } else if (0x20...0x7e).contains(scalar.value) {
      output.append(UInt8(truncatingIfNeeded: scalar.value))
    } else {
      for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
        output.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
        for shift in [12, 8, 4, 0] {
          output.append(Hexadecimal.digit(UInt8(truncatingIfNeeded: unit >> UInt16(shift))))
        }
      }
    }
  }
}
