/// The texts by which a value is recognised: the value, its lines, and what encoders make of it.
///
/// docs/masking.md has the table; docs/vectors/masking.json the same in data.
enum SecretForms {
  /// Shortest line of a value of several that is looked for on its own, in bytes.
  static let shortestLine = 8
  /// Beyond this length in bytes, a value is looked for in the commonest percent- and JSON-encoding
  /// and without the ends of base64: every further form costs as much memory as the value.
  static let longestInAllForms = 4_096

  /// Every text once, each of at least ``MaskableValue/shortest`` bytes.
  static func all(of value: MaskableValue) -> Set<[UInt8]> {
    let bytes = value.bytes
    let isLarge = bytes.count > longestInAllForms
    var forms = [
      bytes, hexadecimal(bytes, digits: Digits.lowercase),
      hexadecimal(bytes, digits: Digits.uppercase),
    ]
    forms += Base64Forms.all(of: bytes, commonestOnly: isLarge)
    forms += PercentForms.all(of: bytes, commonestOnly: isLarge)
    forms += JSONForms.all(of: bytes, commonestOnly: isLarge)
    for line in lines(of: bytes) {
      forms.append(line)
      forms += JSONForms.all(of: line, commonestOnly: isLarge)
    }
    return Set(forms.lazy.filter { $0.count >= MaskableValue.shortest })
  }

  /// The lines of a value of more than one, without the blanks at their ends.
  private static func lines(of value: [UInt8]) -> [[UInt8]] {
    let lines = value.split { $0 == 0x0A || $0 == 0x0D }
    guard lines.count > 1 else { return [] }
    return lines.map { Array($0.trimming(\.isBlank)) }.filter { $0.count >= shortestLine }
  }

  private static func hexadecimal(_ bytes: [UInt8], digits: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.count)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }
}
