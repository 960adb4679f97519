/// Which keys may sign jobs for this worker or VCS agent.
package struct TrustedSigningKeys: Hashable, Sendable {
  private let keys: [SigningKeyID: JobVerificationKey]
  private let revoked: Set<SigningKeyID>

  /// - Parameter revoked: Never accepted, also where they are among `keys`.
  package init(_ keys: [JobVerificationKey], revoked: some Sequence<SigningKeyID> = []) {
    self.keys = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
    self.revoked = Set(revoked)
  }

  package var ids: [SigningKeyID] { keys.keys.filter { !revoked.contains($0) }.sorted() }

  /// The first key that may sign and has signed these very bytes.
  ///
  /// - Throws: ``SignedJobError`` with the reason why there is none.
  func signer(of envelope: DSSEEnvelope) throws(SignedJobError) -> SigningKeyID {
    var isRevoked = false
    let signed = envelope.signedBytes
    for signature in envelope.signatures {
      guard let id = SigningKeyID(signature.keyID) else { continue }
      if revoked.contains(id) {
        isRevoked = true
        continue
      }
      guard let key = keys[id] else { continue }
      guard key.isValidSignature(signature.bytes, for: signed) else {
        throw SignedJobError(
          .badSignature, "the signature of key \(id) is not over these bytes: they were changed")
      }
      return id
    }
    if isRevoked { throw SignedJobError(.revoked, "the key that signed the job is revoked") }
    throw SignedJobError(.untrusted, "no key that is trusted here has signed the job")
  }
}
