import X509

/// Requires the purpose of this side of the connection where a certificate limits its purposes.
///
/// `anyExtendedKeyUsage` does not stand for it: no Sallyport issuer sets it.
struct ExtendedKeyUsagePolicy: LeafPolicy {
  enum Purpose { case client, server }

  let purpose: Purpose

  func check(_ leaf: LeafCertificate) throws(IdentityError) {
    guard let usages = try leaf.read({ try $0.extendedKeyUsage }) else { return }
    let required: ExtendedKeyUsage.Usage = purpose == .client ? .clientAuth : .serverAuth
    guard usages.contains(required) else {
      throw IdentityError(
        .peerRefused,
        "the peer's certificate is not for \(purpose) authentication (extendedKeyUsage)")
    }
  }
}
