import SwiftASN1

/// An X.509 certificate's bytes with another public key in the place of its own.
///
/// swift-certificates knows no X25519 keys and refuses certificates that hold one. It makes and reads
/// all the rest of a pool key's certificate with a stand-in for the key; the signature is made and
/// verified over the true bytes.
struct KeySubstitution {
  /// The signed part (RFC 5280, section 4.1: `tbsCertificate`), DER.
  let signedPart: [UInt8]
  /// `subjectPublicKeyInfo`, DER.
  let publicKeyInfo: [UInt8]
  /// `signatureAlgorithm`, DER.
  let algorithm: [UInt8]
  let signature: [UInt8]

  private let fields: [[UInt8]]

  /// Where `subjectPublicKeyInfo` stands in a certificate of version 3.
  private static let position = 6

  init(der: [UInt8]) throws {
    let (signedPart, fields, algorithm, signature) = try DER.sequence(
      try DER.parse(der), identifier: .sequence
    ) { nodes in
      guard let signed = nodes.next(), let algorithm = nodes.next() else {
        throw IdentityError(.invalidCertificate, "not an X.509 certificate")
      }
      let signature = try ASN1BitString(derEncoded: &nodes)
      guard signature.paddingBits == 0 else {
        throw IdentityError(.invalidCertificate, "a signature is of whole bytes")
      }
      let fields = try DER.sequence(signed, identifier: .sequence) { nodes in
        var fields: [[UInt8]] = []
        while let field = nodes.next() { fields.append(Array(field.encodedBytes)) }
        return fields
      }
      return (
        Array(signed.encodedBytes), fields, Array(algorithm.encodedBytes), Array(signature.bytes)
      )
    }
    // The explicit version 3: [0] INTEGER 2.
    guard fields.count > Self.position, fields[0] == [0xA0, 0x03, 0x02, 0x01, 0x02] else {
      throw IdentityError(.invalidCertificate, "not an X.509 certificate of version 3")
    }
    self.signedPart = signedPart
    self.fields = fields
    self.algorithm = algorithm
    self.signature = signature
    publicKeyInfo = fields[Self.position]
  }

  /// The signed part about another key.
  func signedPart(with publicKeyInfo: [UInt8]) throws -> [UInt8] {
    try Self.sequence(fields[..<Self.position] + [publicKeyInfo] + fields[(Self.position + 1)...])
  }

  /// The certificate about another key, under a signature that is not over it unless it is given.
  func certificate(with publicKeyInfo: [UInt8], signature: [UInt8]? = nil) throws -> [UInt8] {
    var serializer = DER.Serializer()
    try serializer.serialize(ASN1BitString(bytes: (signature ?? self.signature)[...]))
    return try Self.sequence([
      try signedPart(with: publicKeyInfo), algorithm, serializer.serializedBytes,
    ])
  }

  private static func sequence(_ parts: some Sequence<[UInt8]>) throws -> [UInt8] {
    var serializer = DER.Serializer()
    serializer.appendConstructedNode(identifier: .sequence) { serializer in
      for part in parts { serializer.serializeRawBytes(part) }
    }
    return serializer.serializedBytes
  }
}
