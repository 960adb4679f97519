/// A certificate that the gateway CA has issued.
package struct CertificateRecord: Hashable, Sendable {
  /// SHA-256 of the leaf's DER, as lower-case hexadecimal digits.
  package var fingerprint: String
  /// Lower-case hexadecimal digits.
  package var serialNumber: String
  package var spiffeID: String
  package var issuedAt: Timestamp
  package var notAfter: Timestamp
  /// DER, leaf first.
  package var chain: [[UInt8]]

  package init(
    fingerprint: String, serialNumber: String, spiffeID: String, issuedAt: Timestamp,
    notAfter: Timestamp, chain: [[UInt8]]
  ) {
    self.fingerprint = fingerprint
    self.serialNumber = serialNumber
    self.spiffeID = spiffeID
    self.issuedAt = issuedAt
    self.notAfter = notAfter
    self.chain = chain
  }
}
