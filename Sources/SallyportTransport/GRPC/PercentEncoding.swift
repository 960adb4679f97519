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
          encoded.append(hexadecimalDigit(byte >> 4))
          encoded.append(hexadecimalDigit(byte & 0x0F))
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
        let high = value(bytes[index + 1]), let low = value(bytes[index + 2])
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

  private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
