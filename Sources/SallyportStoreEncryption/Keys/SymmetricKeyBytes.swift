internal import Crypto
internal import FoundationEssentials

/// 32 bytes of key material, in memory that is overwritten when nobody needs them any more.
package struct SymmetricKeyBytes: Sendable {
  let key: SymmetricKey

  init(_ key: SymmetricKey) { self.key = key }

  /// Copies the bytes. Nil unless there are 32.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == TenantKey.length else { return nil }
    key = SymmetricKey(data: bytes)
  }

  /// Lends the bytes: they must not be kept.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    key.withUnsafeBytes(body)
  }
}

extension SymmetricKeyBytes: CustomStringConvertible, CustomReflectable {
  package var description: String { "<redacted>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
