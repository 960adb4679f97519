/// How many records the current sending key has protected.
///
/// AES-GCM keys may protect some 2^24.5 full records (RFC 8446, section 5.5), 380 GiB, which a
/// relay connection can exceed. OpenSSL leaves the KeyUpdate to its user.
struct RecordKeyUsage {
  /// Header, inner content type and authentication tag, in bytes (RFC 8446, section 5.2).
  static let recordOverhead = 5 + 1 + 16
  private static let maximumPlaintext = 16 * 1_024

  /// Records per key. The default is 64 GiB of full records.
  var limit = 1 << 22
  private var records = 0

  static func records(for length: Int) -> Int {
    (length + maximumPlaintext - 1) / maximumPlaintext
  }

  /// Counts `count` records that are about to be sent.
  /// - Returns: True where a new key has to be taken before.
  mutating func mustUpdate(before count: Int) -> Bool {
    records += count
    guard records > limit else { return false }
    records = count
    return true
  }
}
