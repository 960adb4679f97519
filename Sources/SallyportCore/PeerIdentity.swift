/// The far end of a connection, as its verified certificate names it.
///
/// Only certificate verification makes one; nothing that a peer says in a message does.
package struct PeerIdentity: Hashable, Sendable {
  package let spiffeID: SPIFFEID
  /// SHA-256 of the leaf certificate's DER, as lower-case hexadecimal digits.
  package let certificateFingerprint: String
  /// Serial number of the leaf certificate, as lower-case hexadecimal digits.
  package let serialNumber: String
  /// End of the leaf certificate's validity, in seconds since 1970-01-01T00:00:00Z.
  package let notAfter: Int64

  package init(
    spiffeID: SPIFFEID, certificateFingerprint: String, serialNumber: String, notAfter: Int64
  ) {
    self.spiffeID = spiffeID
    self.certificateFingerprint = certificateFingerprint
    self.serialNumber = serialNumber
    self.notAfter = notAfter
  }
}

/// Decides whether a chain, already verified up to a trusted root by the TLS engine, names a peer
/// that this connection accepts.
///
/// Called during the handshake with the DER of the presented certificates, leaf first. Runs on an
/// event loop: no I/O, no blocking. Throwing refuses the handshake with a `bad_certificate` alert.
package typealias PeerVerification =
  @Sendable (_ chainDER: [[UInt8]]) throws -> PeerIdentity
