internal import Crypto

/// SHA-256 of a policy file's bytes, as the ledger names the policy that decided.
package struct PolicyDigest: Hashable, Sendable, CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  package let rawValue: String

  package init(of bytes: [UInt8]) {
    rawValue = SHA256.hash(data: bytes)
      .map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }
      .joined()
  }

  package var description: String { rawValue }
}
