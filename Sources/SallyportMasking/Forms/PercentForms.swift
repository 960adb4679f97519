/// What URL encoders make of a value (RFC 3986, section 2.1).
///
/// Encoders differ in what they leave as it is, in the case of their digits, and in what a space
/// becomes.
enum PercentForms {
  private struct Encoder {
    let unescaped: Set<UInt8>
    var spaceIsPlus = false

    init(_ unescaped: String, spaceIsPlus: Bool = false) {
      self.unescaped = Set(unescaped.utf8)
      self.spaceIsPlus = spaceIsPlus
    }
  }

  /// The commonest first.
  private static let encoders = [
    // RFC 3986; curl --data-urlencode; Python's quote(safe="")
    Encoder("-._~"),
    // Python's quote()
    Encoder("-._~/"),
    // encodeURIComponent
    Encoder("-._~!'()*"),
    // encodeURI
    Encoder("-._~!'()*;,/?:@&=+$#"),
    // application/x-www-form-urlencoded
    Encoder("*-._", spaceIsPlus: true),
    // Python's quote_plus(), Go's QueryEscape
    Encoder("-._~", spaceIsPlus: true),
  ]

  static func all(of value: [UInt8], commonestOnly: Bool) -> [[UInt8]] {
    // Which every encoder leaves as they are.
    if value.allSatisfy({ $0.isASCIILetterOrDigit || "-._".utf8.contains($0) }) { return [value] }
    var forms: [[UInt8]] = []
    for encoder in commonestOnly ? encoders.prefix(1) : encoders[...] {
      for digits in [Digits.uppercase, Digits.lowercase] {
        forms.append(encode(value, as: encoder, digits: digits))
      }
    }
    return forms
  }

  private static func encode(
    _ value: [UInt8], as encoder: Encoder, digits: [UInt8]
  ) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(value.count)
    for byte in value {
      if byte.isASCIILetterOrDigit || encoder.unescaped.contains(byte) {
        text.append(byte)
      } else if byte == 0x20, encoder.spaceIsPlus {
        text.append(UInt8(ascii: "+"))
      } else {
        text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return text
  }
}
