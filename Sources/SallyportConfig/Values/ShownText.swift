/// Text from elsewhere, made safe to show on a terminal or in a log.
///
/// Control characters could move the cursor, set the clipboard or forge a second log line;
/// bidirectional controls could make a text read differently from what it says. Both become visible
/// escapes such as `\x1b`, `\n` and `\u{202e}`.
package enum ShownText {
  /// The whole text, escaped.
  package static func escaped(_ text: some StringProtocol) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return String(text) }
    var result = ""
    for scalar in text.unicodeScalars { append(scalar, to: &result) }
    return result
  }

  /// The text escaped and cut to about `limit` characters, for error messages.
  package static func short(_ text: some StringProtocol, limit: Int = 80) -> String {
    let escaped = escaped(text.prefix(limit + 1))
    return escaped.count > limit ? escaped.prefix(limit) + "…" : escaped
  }

  /// Control and format characters that a terminal or a reader could be deceived by.
  package static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: true
    // Zero-width and directional marks, line and paragraph separators, embeddings, isolates.
    case 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true
    // Tag characters: invisible text.
    case 0xE0000...0xE007F: true
    default: false
    }
  }

  package static func append(_ scalar: Unicode.Scalar, to result: inout String) {
    guard isUnsafe(scalar) else {
      result.unicodeScalars.append(scalar)
      return
    }
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default:
      let digits = String(scalar.value, radix: 16)
      result +=
        scalar.value <= 0xFF
        ? "\\x" + (digits.count == 1 ? "0" : "") + digits : "\\u{\(digits)}"
    }
  }
}
