/// One rule about a peer's leaf certificate.
///
/// The TLS engine has already verified the chain up to a root; policies decide what it may be used
/// for. They run on event loops: pure computation.
protocol LeafPolicy: Sendable {
  /// - Throws: ``IdentityError/Code/peerRefused``, or ``IdentityError/Code/invalidCertificate`` for
  ///   an extension that cannot be read.
  func check(_ leaf: LeafCertificate) throws(IdentityError)
}
