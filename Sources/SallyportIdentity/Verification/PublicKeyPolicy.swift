/// Accepts ECDSA P-256 keys, the only ones that Sallyport issues certificates for.
struct PublicKeyPolicy: LeafPolicy {
  func check(_ leaf: LeafCertificate) throws(IdentityError) {
    guard leaf.p256PublicKey != nil else {
      throw IdentityError(.peerRefused, "the peer's key is not ECDSA P-256")
    }
  }
}
