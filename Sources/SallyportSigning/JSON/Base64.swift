internal import FoundationEssentials
internal import SallyportBytes

/// Base64 (RFC 4648, section 4) in the one spelling that each run of bytes has.
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  /// Nil for anything but the canonical spelling: padded, no line breaks, no stray bits.
  static func decode(_ text: String) -> [UInt8]? { bytesOfBase64(text.utf8.span) }
}
