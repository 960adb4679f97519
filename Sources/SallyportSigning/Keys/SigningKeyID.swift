internal import Crypto
internal import SallyportBytes
internal import SallyportCore

/// Names a key that signs jobs: SHA-256 of its 32 public bytes, as 64 lower-case hexadecimal digits.
package struct SigningKeyID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let rawValue: String

  /// Nil where the text is not 64 lower-case hexadecimal digits.
  package init?(_ text: String) {
    guard text.isHexadecimal(digits: 64) else { return nil }
    rawValue = text
  }

  init(of publicKey: some Sequence<UInt8>) {
    rawValue = SHA256.hash(data: Array(publicKey))
      .map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }
      .joined()
  }

  package var description: String { rawValue }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
