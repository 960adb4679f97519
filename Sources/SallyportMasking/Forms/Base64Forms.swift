/// What base64 and base64url (RFC 4648, sections 4 and 5) make of a value, alone or inside a longer
/// text.
///
/// Each character holds six bits, so that a value's encoding depends on how many bytes stand before
/// it, modulo three, and its first and last character on its neighbours. Looked for are, for each
/// of the three, the characters that hold bits of the value alone; and, where the value ends the
/// text, the last character and the padding as well.
enum Base64Forms {
  private static let standard = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let url = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let padding = UInt8(ascii: "=")
  /// Where programs break lines: openssl and PEM, and base64 of coreutils and MIME.
  private static let lineLengths = [64, 76]

  static func all(of value: [UInt8], commonestOnly: Bool) -> [[UInt8]] {
    var forms: [[UInt8]] = []
    for alphabet in [standard, url] {
      for preceding in 0..<3 {
        let text = encode(Array(repeating: 0, count: preceding) + value, alphabet)
        let bits = 8 * (preceding + value.count)
        let first = (8 * preceding + 5) / 6
        forms.append(Array(text[first..<bits / 6]))
        guard bits % 6 != 0, !commonestOnly else { continue }
        forms.append(Array(text[first...]))
        forms.append(
          Array(text[first...]) + Array(repeating: padding, count: bits % 6 == 2 ? 2 : 1))
      }
    }
    for length in lineLengths { forms += lines(of: value, length) }
    return forms
  }

  /// The lines of the value's own encoding.
  private static func lines(of value: [UInt8], _ length: Int) -> [[UInt8]] {
    var text = encode(value, standard)
    guard text.count > length else { return [] }
    text += Array(repeating: padding, count: (4 - text.count % 4) % 4)
    return stride(from: 0, to: text.count, by: length)
      .map { Array(text[$0..<min($0 + length, text.count)]) }
      .filter { $0.count >= SecretForms.shortestLine }
  }

  /// Without padding.
  private static func encode(_ bytes: [UInt8], _ alphabet: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 8 + 5) / 6)
    var (pending, count) = (UInt32(0), UInt32(0))
    for byte in bytes {
      pending = (pending << 8 | UInt32(byte)) & 0xFFFF
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(pending >> count & 63)])
      }
    }
    if count > 0 { text.append(alphabet[Int(pending << (6 - count) & 63)]) }
    return text
  }
}
