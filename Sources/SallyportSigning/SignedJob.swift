internal import SallyportCore

/// A job whose signature was verified: only ``verify(_:keys:)`` makes one.
package struct SignedJob: Hashable, Sendable {
  package let statement: JobStatement
  /// Who signed it.
  package let signer: SigningKeyID
  /// The envelope, byte for byte as it came.
  package let envelope: [UInt8]

  /// Verifies signature and form; says nothing yet about time and addressees.
  ///
  /// The signature is checked before the statement is read: nothing that is not signed is parsed
  /// beyond the envelope.
  ///
  /// - Throws: ``SignedJobError``.
  package static func verify(
    _ bytes: [UInt8], keys: TrustedSigningKeys
  ) throws(SignedJobError) -> SignedJob {
    let envelope = try DSSEEnvelope(parsing: bytes)
    guard envelope.payloadType == JobStatement.payloadType else {
      throw SignedJobError(
        .malformed, "the envelope does not hold a job: its type is not \(JobStatement.payloadType)")
    }
    let signer = try keys.signer(of: envelope)
    return SignedJob(
      statement: try JobStatement(parsing: envelope.payload), signer: signer, envelope: bytes)
  }

  /// Signs a statement.
  package static func sign(
    _ statement: JobStatement, with key: JobSigningKey
  ) throws(SignedJobError) -> SignedJob {
    let payload = statement.json
    // What cannot be read back would be refused everywhere.
    let checked = try JobStatement(parsing: payload)
    let signed = DSSEEnvelope.signedBytes(
      payloadType: JobStatement.payloadType, payload: payload)
    let envelope = DSSEEnvelope(
      payloadType: JobStatement.payloadType, payload: payload,
      signatures: [.init(keyID: key.id.rawValue, bytes: try key.signature(for: signed))])
    return SignedJob(statement: checked, signer: key.id, envelope: envelope.json)
  }
}
