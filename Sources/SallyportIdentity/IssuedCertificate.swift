package import FoundationEssentials
package import SallyportCore

/// A certificate that was just issued.
package struct IssuedCertificate: Sendable, Hashable {
  /// DER, leaf first, without the root.
  package let chain: [[UInt8]]
  package let spiffeID: SPIFFEID
  /// Lower-case hexadecimal digits, as in `PeerIdentity.serialNumber`.
  package let serialNumber: String
  /// SHA-256 of the leaf's DER, as in `PeerIdentity.certificateFingerprint`.
  package let fingerprint: String
  /// SHA-256 of the key's SubjectPublicKeyInfo DER.
  package let publicKeyFingerprint: String
  /// Begins the lifetime; ``notBefore`` is earlier, for peers whose clocks are behind.
  package let issuedAt: Date
  package let notBefore: Date
  package let notAfter: Date

  package var pem: String { CertificatePEM.encode(chain) }
}
