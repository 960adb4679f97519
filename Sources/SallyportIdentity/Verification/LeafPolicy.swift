import SallyportCore

/// One rule about a peer's leaf certificate.
///
/// The TLS engine has already verified the chain up to a root; policies decide what it may be used
/// for. They run on event loops: pure computation.
protocol LeafPolicy: Sendable {
  /// - Throws: ``IdentityError/Code/peerRefused``, or ``IdentityError/Code/invalidCertificate`` for
  ///   an extension that cannot be read.
  func check(_ leaf: LeafCertificate) throws(IdentityError)
}

/// One rule about the name of a peer, which its leaf certificate has once: see
/// ``LeafCertificate/spiffeID()``.
protocol NamePolicy: Sendable {
  /// - Throws: ``IdentityError/Code/peerRefused``.
  func check(_ spiffeID: SPIFFEID) throws(IdentityError)
}
