package import SallyportCore

/// What one side of a TLS 1.3 connection presents and accepts. There is no other TLS version, no
/// renegotiation, no compression and no early data.
package struct TLSConfiguration: Sendable {
  package enum PeerCertificate: Sendable, Hashable {
    /// The handshake fails without a certificate that chains up to ``trustRoots`` and that
    /// ``verifyPeer`` accepts.
    case required
    /// Server only: no certificate is asked for (the enroll listener).
    case none
  }

  package enum Role: Sendable, Hashable { case client, server }

  package var role: Role
  /// DER, leaf first. Empty only for a client that enrolls.
  package var certificateChain: [[UInt8]]
  /// PKCS #8 or SEC 1 DER; must match the leaf.
  package var privateKey: Secret<[UInt8]>?
  /// DER of the roots that the peer's chain must lead to; the system's are never used.
  package var trustRoots: [[UInt8]]
  /// ALPN protocol names, in order of preference; no match closes the handshake.
  package var applicationProtocols: [String]
  package var peerCertificate: PeerCertificate
  /// Names the peer, after its chain has been verified; see ``PeerVerification``. A server that
  /// requires certificates cannot do without; a client can where its engine expects a server name,
  /// and then has no ``TLSEngine/peer``.
  package var verifyPeer: PeerVerification?
  /// Sessions are resumed without showing certificates again (RFC 8446, section 2.2), for an hour
  /// at most. The peer is named and accepted as by the certificates of the first connection, as long
  /// as those are valid. Needs a peer certificate to bind sessions to.
  package var resumesSessions: Bool

  package init(
    role: Role, certificateChain: [[UInt8]] = [], privateKey: Secret<[UInt8]>? = nil,
    trustRoots: [[UInt8]] = [], applicationProtocols: [String] = ["h2"],
    peerCertificate: PeerCertificate = .required, verifyPeer: PeerVerification? = nil,
    resumesSessions: Bool = false
  ) {
    self.role = role
    self.certificateChain = certificateChain
    self.privateKey = privateKey
    self.trustRoots = trustRoots
    self.applicationProtocols = applicationProtocols
    self.peerCertificate = peerCertificate
    self.verifyPeer = verifyPeer
    self.resumesSessions = resumesSessions
  }
}
