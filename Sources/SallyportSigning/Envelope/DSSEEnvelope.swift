/// A Dead Simple Signing Envelope (secure-systems-lab/dsse, protocol v1.0.2): bytes, what they are,
/// and signatures over both.
///
/// Read more strictly than the specification asks: unknown and repeated members are errors, key
/// ids are required, Base64 is the standard alphabet in canonical form.
package struct DSSEEnvelope: Hashable, Sendable {
  package struct Signature: Hashable, Sendable {
    package let keyID: String
    package let bytes: [UInt8]

    package init(keyID: String, bytes: [UInt8]) {
      self.keyID = keyID
      self.bytes = bytes
    }
  }

  /// Bytes of an envelope as JSON.
  package static let maximumLength = 768 << 10
  package static let maximumSignatures = 8

  package let payloadType: String
  package let payload: [UInt8]
  package let signatures: [Signature]

  package init(payloadType: String, payload: [UInt8], signatures: [Signature]) {
    self.payloadType = payloadType
    self.payload = payload
    self.signatures = signatures
  }

  /// - Throws: ``SignedJobError/Code/malformed``.
  package init(parsing bytes: [UInt8]) throws(SignedJobError) {
    guard bytes.count <= Self.maximumLength else {
      throw SignedJobError(
        .malformed, "a signed job has at most \(Self.maximumLength) bytes, not \(bytes.count)")
    }
    let envelope = try JSONReader.document(bytes, called: "the envelope")
    try envelope.allow(["payloadType", "payload", "signatures"])
    payloadType = try envelope.string("payloadType")
    guard let payload = Base64.decode(try envelope.string("payload")) else {
      throw SignedJobError(.malformed, "the envelope's payload is not canonical Base64")
    }
    self.payload = payload
    let list = try envelope.objects("signatures")
    guard (1...Self.maximumSignatures).contains(list.count) else {
      throw SignedJobError(
        .malformed, "an envelope has 1 to \(Self.maximumSignatures) signatures, not \(list.count)")
    }
    signatures = try list.map { (member) throws(SignedJobError) in
      try member.allow(["keyid", "sig"])
      guard let bytes = Base64.decode(try member.string("sig")) else {
        throw SignedJobError(.malformed, "a signature is not canonical Base64")
      }
      return Signature(keyID: try member.string("keyid"), bytes: bytes)
    }
    guard Set(signatures.map(\.keyID)).count == signatures.count else {
      throw SignedJobError(.malformed, "two signatures of the envelope name one key")
    }
  }

  /// The envelope as JSON, one line.
  package var json: [UInt8] {
    let signatures = signatures.map { signature in
      JSONValue.object([
        "keyid": .string(signature.keyID), "sig": .string(Base64.encode(signature.bytes)),
      ])
    }
    let envelope = JSONValue.object([
      "payloadType": .string(payloadType), "payload": .string(Base64.encode(payload)),
      "signatures": .array(signatures),
    ])
    return Array(envelope.text.utf8)
  }

  /// What is signed: the pre-authentication encoding of type and payload.
  package static func signedBytes(payloadType: String, payload: [UInt8]) -> [UInt8] {
    Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
  }

  package var signedBytes: [UInt8] {
    Self.signedBytes(payloadType: payloadType, payload: payload)
  }
}
