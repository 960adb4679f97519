internal import Crypto
internal import SallyportBytes
internal import SallyportIdentity

/// Names a key to which secrets or logs are sealed: SHA-256 of its 32 public bytes.
package struct SealingKeyID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package static let length = 32

  package let bytes: [UInt8]

  init(of publicKey: [UInt8]) { bytes = Array(SHA256.hash(data: publicKey)) }

  /// Nil where there are not 32 bytes.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.length else { return nil }
    self.bytes = Array(bytes)
  }

  /// 64 lower-case hexadecimal digits.
  package var description: String { hexadecimalDigits(bytes) }

  package static func < (left: Self, right: Self) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
