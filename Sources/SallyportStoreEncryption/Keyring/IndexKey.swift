internal import Crypto
internal import FoundationEssentials
internal import SallyportBytes

/// Makes keyed hashes of what the store looks up and does not have to read: HMAC-SHA256.
///
/// Equal values of one column have equal hashes, so that SQL can compare them; without the key
/// nobody can try out which value it was.
package struct IndexKey: Sendable {
  private let key: SymmetricKey

  init(_ key: TenantKey) { self.key = key.key }

  /// - Returns: 32 bytes.
  package func hash(_ value: [UInt8], table: String, column: String) -> [UInt8] {
    var fields = CanonicalFields(purpose: "sallyport store index v1")
    fields.add(table)
    fields.add(column)
    let subkey = HKDF<SHA256>.expand(
      pseudoRandomKey: key, info: fields.bytes, outputByteCount: TenantKey.length)
    return Array(HMAC<SHA256>.authenticationCode(for: value, using: subkey))
  }
}

extension IndexKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "<redacted>" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
