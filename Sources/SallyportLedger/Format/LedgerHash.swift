internal import Crypto
internal import SallyportBytes

/// The SHA-256 of a line's bytes, without its line feed.
package struct LedgerHash: Hashable, Sendable, CustomStringConvertible {
  /// What the first record of a ledger has for the one before it.
  package static let none = LedgerHash(digits: [UInt8](repeating: UInt8(ascii: "0"), count: 64))

  /// 64 lower-case hexadecimal digits, as a line has them.
  let digits: [UInt8]

  private init(digits: [UInt8]) { self.digits = digits }

  package init(of line: [UInt8]) {
    digits = [UInt8](unsafeUninitializedCapacity: 64) { digits, count in
      for byte in SHA256.hash(data: line) {
        digits.initializeElement(at: count, to: Hexadecimal.digit(byte >> 4))
        digits.initializeElement(at: count + 1, to: Hexadecimal.digit(byte))
        count += 2
      }
    }
  }

  /// Nil where the text is not 64 lower-case hexadecimal digits.
  package init?(_ text: some Sequence<UInt8>) {
    let digits = Array(text)
    guard digits.count == 64, digits.allSatisfy({ Hexadecimal.value(ofLowercase: $0) != nil })
    else {
      return nil
    }
    self.digits = digits
  }

  package var description: String { String(decoding: digits, as: UTF8.self) }
}
