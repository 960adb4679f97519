/// What JSON encoders make of a value inside a string (RFC 8259, section 7).
///
/// Encoders agree about quotation mark, backslash and the short escapes; they differ in what else
/// they escape and in the case of their digits.
enum JSONForms {
  private struct Encoder {
    /// `/` becomes `\/`.
    var escapesSlash = false
    /// These ASCII characters become `\u00XX`.
    var escaped: Set<UInt8> = []
    /// Everything beyond ASCII becomes `\uXXXX`.
    var isASCII = false
    var digits = Digits.lowercase
  }

  /// The commonest first.
  private static let encoders = [
    // JSON.stringify, Python with ensure_ascii=False, jq
    Encoder(),
    // Swift's JSONEncoder
    Encoder(escapesSlash: true),
    // Go's encoding/json
    Encoder(escaped: Set("<>&".utf8)),
    // Python
    Encoder(isASCII: true),
    // PHP
    Encoder(escapesSlash: true, isASCII: true),
    Encoder(digits: Digits.uppercase),
    Encoder(isASCII: true, digits: Digits.uppercase),
    // System.Text.Json
    Encoder(escaped: Set("\"&'+<>`".utf8), isASCII: true, digits: Digits.uppercase),
  ]

  static func all(of value: [UInt8], commonestOnly: Bool) -> [[UInt8]] {
    guard value.contains(where: isEverEscaped) else { return [value] }
    let encoders = commonestOnly ? encoders.prefix(1) : encoders[...]
    return encoders.compactMap { encode(value, as: $0) }
  }

  /// Nil where an encoder needs characters and the value is not UTF-8.
  private static func encode(_ value: [UInt8], as encoder: Encoder) -> [UInt8]? {
    var text: [UInt8] = []
    text.reserveCapacity(value.count)
    guard encoder.isASCII else {
      for byte in value { append(byte, as: encoder, to: &text) }
      return text
    }
    guard let characters = String(validating: value, as: UTF8.self) else { return nil }
    for unit in characters.utf16 {
      if unit < 0x80 {
        append(UInt8(truncatingIfNeeded: unit), as: encoder, to: &text)
      } else {
        appendEscape(unit, digits: encoder.digits, to: &text)
      }
    }
    return text
  }

  private static func append(_ byte: UInt8, as encoder: Encoder, to text: inout [UInt8]) {
    if encoder.escaped.contains(byte) {
      appendEscape(UInt16(byte), digits: encoder.digits, to: &text)
    } else if let letter = shortEscape(byte) {
      text += [UInt8(ascii: "\\"), letter]
    } else if byte < 0x20 {
      appendEscape(UInt16(byte), digits: encoder.digits, to: &text)
    } else if byte == UInt8(ascii: "/"), encoder.escapesSlash {
      text += [UInt8(ascii: "\\"), byte]
    } else {
      text.append(byte)
    }
  }

  private static func shortEscape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x08: UInt8(ascii: "b")
    case 0x09: UInt8(ascii: "t")
    case 0x0A: UInt8(ascii: "n")
    case 0x0C: UInt8(ascii: "f")
    case 0x0D: UInt8(ascii: "r")
    case 0x22, 0x5C: byte
    default: nil
    }
  }

  /// Whether one of the encoders does not leave the byte as it is.
  private static func isEverEscaped(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte >= 0x80 || "\"\\/<>&'+`".utf8.contains(byte)
  }

  private static func appendEscape(_ unit: UInt16, digits: [UInt8], to text: inout [UInt8]) {
    text += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
    for shift in [12, 8, 4, 0] as [UInt16] { text.append(digits[Int(unit >> shift & 15)]) }
  }
}
