internal import Crypto
internal import FoundationEssentials
internal import SallyportBytes

/// A key that is derived from a tenant key and a random salt, for a bounded number of values.
///
/// AES-GCM breaks where a nonce is used twice with one key, so that random nonces of 96 bits allow
/// 2^32 values (NIST SP 800-38D, section 8.3), fewer than a busy tenant's logs have in some months.
/// With a subkey for each process and each 2^32 values, nobody has to count across processes and
/// restarts: salt and nonce are 192 random bits together.
struct Subkey {
  static let saltLength = 12
  /// Values that are encrypted with one salt at most.
  static let maximumUses: UInt64 = 1 << 32

  let salt: [UInt8]
  let key: SymmetricKey

  init(of tenantKey: SymmetricKey, salt: [UInt8]) {
    var fields = CanonicalFields(purpose: "sallyport store subkey v1")
    fields.add(salt)
    self.salt = salt
    key = HKDF<SHA256>.expand(
      pseudoRandomKey: tenantKey, info: fields.bytes, outputByteCount: TenantKey.length)
  }
}
