import X509

/// Refuses CA certificates and signing keys: an X.509-SVID leaf has neither `CA:true` nor
/// `keyCertSign` or `cRLSign`, and must have `digitalSignature` (X.509-SVID, section 4).
struct EndEntityPolicy: LeafPolicy {
  func check(_ leaf: LeafCertificate) throws(IdentityError) {
    if case .isCertificateAuthority = try leaf.read({ try $0.basicConstraints }) {
      throw IdentityError(.peerRefused, "the peer's certificate is that of a CA")
    }
    guard let usage = try leaf.read({ try $0.keyUsage }), usage.digitalSignature else {
      throw IdentityError(
        .peerRefused, "the peer's certificate does not allow digital signatures (keyUsage)")
    }
    guard !usage.keyCertSign, !usage.cRLSign else {
      throw IdentityError(.peerRefused, "the peer's certificate may sign others (keyUsage)")
    }
  }
}
