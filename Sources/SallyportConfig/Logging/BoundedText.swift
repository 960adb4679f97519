import Logging

/// UTF-8 text that grows up to a limit; what does not fit is cut between characters.
struct BoundedText {
  private(set) var bytes: [UInt8] = []
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  var count: Int { bytes.count }

  mutating func append(_ other: BoundedText) { append(utf8: other.bytes) }

  mutating func append(verbatim text: String) { append(utf8: Array(text.utf8)) }

  private mutating func append(utf8: [UInt8]) {
    guard bytes.count + utf8.count <= limit else { return }
    bytes.append(contentsOf: utf8)
  }

  /// Appends text with control characters escaped, cut at `limit` bytes with an ellipsis.
  mutating func append(shown text: String, limit: Int) {
    appendEscaped(text, limit: limit) { scalar, piece in ShownText.append(scalar, to: &piece) }
  }

  /// Appends text as a value after `key=`: quoted where it holds a space, quote or equals sign.
  mutating func append(logged text: String, limit: Int) {
    let plain = !text.isEmpty && text.utf8.allSatisfy { $0 != 0x20 && $0 != 0x22 && $0 != 0x3D }
    guard !plain else { return append(shown: text, limit: limit) }
    append(verbatim: "\"")
    appendEscaped(text, limit: limit) { scalar, piece in
      if scalar == "\"" || scalar == "\\" { piece += "\\" }
      ShownText.append(scalar, to: &piece)
    }
    append(verbatim: "\"")
  }

  /// Appends a JSON string (RFC 8259, section 7). Characters that could deceive a terminal are
  /// escaped too, since people read these lines with `tail`.
  mutating func append(json text: String, limit: Int) {
    append(verbatim: "\"")
    appendEscaped(text, limit: limit) { scalar, piece in
      switch scalar {
      case "\"": piece += "\\\""
      case "\\": piece += "\\\\"
      case "\n": piece += "\\n"
      case "\r": piece += "\\r"
      case "\t": piece += "\\t"
      default:
        guard ShownText.isUnsafe(scalar) else {
          piece.unicodeScalars.append(scalar)
          return
        }
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          piece += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    append(verbatim: "\"")
  }

  /// Appends metadata: integers and booleans as such, arrays and dictionaries as their text.
  mutating func append(json value: Logger.Metadata.Value, limit: Int) {
    if case .stringConvertible(let convertible) = value,
      convertible is any FixedWidthInteger || convertible is Bool
    {
      append(verbatim: convertible.description)
    } else {
      append(json: value.description, limit: limit)
    }
  }

  private mutating func appendEscaped(
    _ text: String, limit: Int, escape: (Unicode.Scalar, inout String) -> Void
  ) {
    let ellipsis = "…"
    let end = min(self.limit, bytes.count + limit) - ellipsis.utf8.count
    for scalar in text.unicodeScalars {
      var piece = ""
      escape(scalar, &piece)
      guard bytes.count + piece.utf8.count <= end else { return append(verbatim: ellipsis) }
      bytes.append(contentsOf: piece.utf8)
    }
  }
}
