internal import SallyportBytes

/// The encoding of `grpc-message` (gRPC over HTTP/2, "Percent-Encoded"), also used for one-line
/// reasons in other header fields.
enum PercentEncoding {
  /// Bytes of text that are kept; what is longer is cut at a character.
  static let maximumLength = 1_024

  static func encode(_ text: String) -> String {
    var encoded: [UInt8] = []
    var length = 0
    for character in text {
      let bytes = character.utf8
      length += bytes.count
      guard length <= maximumLength else { break }
      for byte in bytes {
        if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
          encoded.append(byte)
        } else {
          encoded.append(UInt8(ascii: "%"))
          encoded.append(Hexadecimal.uppercaseDigit(byte >> 4))
          encoded.append(Hexadecimal.uppercaseDigit(byte))
        }
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// Never fails: what is not an escape stands for itself, as the specification asks.
  static func decode(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = Hexadecimal.value(of: bytes[index + 1]),
        let low = Hexadecimal.value(of: bytes[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }
}
