/// The files that say which keys may sign jobs.
///
/// Looked at for every decision (``SigningKeyCache``), so that removing a key's file, or adding its id to the list of revoked
/// keys, counts from the next job on with no signal and no restart.
package struct SigningKeyFiles: Hashable, Sendable {
  /// PEM files of public keys, one each.
  package let trusted: [String]
  /// A file of revoked key ids, one on a line; `#` begins a comment. Nil: no key is revoked.
  package let revoked: String?

  package init(trusted: [String], revoked: String?) {
    self.trusted = trusted
    self.revoked = revoked
  }

  var all: [String] { trusted + (revoked.map { [$0] } ?? []) }

  /// Blocks.
  ///
  /// - Throws: ``SignedJobError/Code/unusableKey``: a file that cannot be read trusts nobody.
  package func load() throws(SignedJobError) -> TrustedSigningKeys {
    let keys = try trusted.map { (path) throws(SignedJobError) in
      try JobVerificationKey(file: path)
    }
    return TrustedSigningKeys(keys, revoked: try revoked.map(RevokedKeyList.load) ?? [])
  }
}
