/// One attempt to use an enrollment token.
package struct TokenRedemption: Hashable, Sendable {
  package var tokenHash: [UInt8]
  package var role: EnrolleeRole
  /// SHA-256 of the CSR's public key (SubjectPublicKeyInfo, DER), as hexadecimal digits.
  package var keyFingerprint: String
  package var displayName: String
  package var time: Timestamp

  package init(
    tokenHash: [UInt8], role: EnrolleeRole, keyFingerprint: String, displayName: String,
    time: Timestamp
  ) {
    self.tokenHash = tokenHash
    self.role = role
    self.keyFingerprint = keyFingerprint
    self.displayName = displayName
    self.time = time
  }
}
